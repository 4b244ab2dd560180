import { readFileSync } from 'node:fs';
import { loadConfig } from './load-config.js';

/** For tests of Tollgate itself; operators have no use for them. */
const UNDOCUMENTED = ['FAULT_POINT', 'FAULT_AFTER'];

const documented = [...readFileSync('.env.example', 'utf8').matchAll(/^# ([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(
  ([, name = '', value = '']) => [name, value] as const,
);

/** The names that `loadConfig` looks at, whatever depends on what. */
function namesRead(): Set<string> {
  const names = new Set<string>();
  const env = new Proxy<Record<string, string>>(
    {
      JWT_JWKS_URI: 'https://id.example/jwks',
      JWT_ISSUER: 'i',
      JWT_AUDIENCE: 'a',
      FLOWISE_API_URL: 'http://f',
      STORM_API_URL: 'http://s',
      OPENAI_BASE_URL: 'http://o',
      FAULT_POINT: 'held',
    },
    {
      get: (target, name: string) => {
        names.add(name);
        return target[name];
      },
    },
  );
  loadConfig(env);
  return names;
}

describe('.env.example', () => {
  it('names every setting that is read, and no other', () => {
    const read = [...namesRead()].filter((name) => !name.endsWith('_FILE') && !UNDOCUMENTED.includes(name));
    expect(documented.map(([name]) => name).sort()).toEqual(read.sort());
  });

  it('names every setting that may come from a file', () => {
    const secrets = [...namesRead()].filter((name) => name.endsWith('_FILE'));
    const text = readFileSync('.env.example', 'utf8').split('# --- General')[0] ?? '';
    for (const name of secrets) expect(text).toContain(name.replace(/_FILE$/, ''));
  });

  it('shows the defaults that are in force', () => {
    const defaults = Object.fromEntries(documented.filter(([, value]) => value !== ''));
    expect(loadConfig(defaults)).toEqual(loadConfig({}));
    expect(Object.keys(defaults).length).toBeGreaterThan(20);
  });
});
