import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = readFileSync(join(ROOT, 'docs/deviations.md'), 'utf8');
/** Rows of the tables that the document holds the product against; whoever learns of another one adds it. */
const LEAST_ROWS: Readonly<Record<string, number>> = {
  'A Flowise server has state': 13,
  'OpenAI-compatible servers': 12,
  Clients: 11,
  'What else was promised to them': 18,
};

interface Row {
  readonly section: string;
  readonly fact: string;
  readonly tests: readonly (readonly [file: string, title: string])[];
}

function readRows(): Row[] {
  return DOCUMENT.split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const [heading = '', ...lines] = section.split('\n');
      // The first two lines of a table are its head.
      const table = lines.filter((line) => line.startsWith('|')).slice(2);
      return table.map((line) => {
        const [, fact = ''] = line.split(/(?<!\\)\|/);
        const tests = [...line.matchAll(/`([^`\s]+\.spec\.ts)` “([^”]+)”/g)].map(
          ([, file = '', title = '']) => [file, title] as const,
        );
        return { section: heading, fact: fact.trim(), tests };
      });
    });
}

/** A test or a group of tests that is run: `it('…'`, `it.each(…)('…'`, `describe('…'`, and not `it.skip('…'`. */
function holds(source: string, title: string): boolean {
  const text = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:\\bit|\\bdescribe|\\))\\(\\s*(['"\`])${text}\\1`).test(source);
}

const ROWS = readRows();

describe('docs/deviations.md', () => {
  it('has every row of the tables', () => {
    const counts = Object.keys(LEAST_ROWS).map((name) => [
      name,
      ROWS.filter(({ section }) => section === name).length,
    ]);
    const tooFew = counts.filter(([name, count]) => Number(count) < (LEAST_ROWS[String(name)] ?? 0));
    expect(tooFew).toEqual([]);
    expect([...new Set(ROWS.map(({ section }) => section))]).toEqual(Object.keys(LEAST_ROWS));
  });

  it.each(ROWS.map((row) => [row.fact, row] as const))(
    'names tests that there are: %s',
    (_fact, { tests }) => {
      expect(tests).not.toEqual([]);
      const missing = tests.filter(([file, title]) => {
        const path = join(ROOT, file);
        return !existsSync(path) || !holds(readFileSync(path, 'utf8'), title);
      });
      expect(missing).toEqual([]);
    },
  );

  it('would miss a test that was renamed, skipped, or is only mentioned', () => {
    expect(holds(`it('a b', () => {})`, 'a b')).toBe(true);
    expect(holds(`it.each([\n  ['x'],\n])(\n  'a %s',\n  run)`, 'a %s')).toBe(true);
    expect(holds(`it('a bc', () => {})`, 'a b')).toBe(false);
    expect(holds(`it.skip('a b', () => {})`, 'a b')).toBe(false);
    expect(holds(`// 'a b'`, 'a b')).toBe(false);
  });
});
