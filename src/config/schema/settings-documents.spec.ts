import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../load-config.js';
import { CONCERNS, SETTINGS } from '../settings/all-settings.js';
import { reviewNames } from './setting-names.js';
import { envExample, settingsPage } from './settings-documents.js';

const example = readFileSync('.env.example', 'utf8');
const documented = [...example.matchAll(/^# ([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(
  ([, name = '', value = '']) => [name, value] as const,
);

/** A variable of the shell in the README's examples. */
const NO_SETTING = 'ADMIN_TOKEN';

const pages = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

describe('the documents of the settings', () => {
  it('are up to date (npm run config:docs)', () => {
    expect(example).toBe(envExample(CONCERNS));
    expect(readFileSync('docs/operating/settings.md', 'utf8')).toBe(settingsPage(CONCERNS));
  });

  it('name every setting that operators have a use for', () => {
    const names = SETTINGS.filter(({ isHidden }) => !isHidden).map(({ name }) => name);
    expect(documented.map(([name]) => name)).toEqual(names);
    expect(names).not.toContain('FAULT_POINT');
    expect(names.length).toBeGreaterThan(40);
  });

  it('show the defaults that are in force', () => {
    const defaults = Object.fromEntries(documented.filter(([, value]) => value !== ''));
    expect(loadConfig(defaults)).toEqual(loadConfig({}));
    expect(Object.keys(defaults).length).toBeGreaterThan(20);
  });

  it.each(pages)('name no setting that there is not: %s', (page) => {
    const names = readFileSync(page, 'utf8').match(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b/g) ?? [];
    const env = names.filter((name) => name !== NO_SETTING).map((name) => [name, 'x'] as const);
    expect(reviewNames(Object.fromEntries(env), SETTINGS)).toEqual({ misspelt: [], notices: [] });
  });

  it('say of every secret that it may come from a file', () => {
    const head = example.split('# --- ')[0] ?? '';
    const secrets = SETTINGS.filter(({ isSecret }) => isSecret);
    expect(secrets.length).toBeGreaterThan(5);
    for (const { name } of secrets) expect(head).toContain(name);
  });
});
