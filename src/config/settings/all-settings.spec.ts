import { SETTINGS } from './all-settings.js';

/** Longest delay that a timer of Node takes; a longer one runs down at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const IN_MILLISECONDS = { milliseconds: 1, seconds: 1000, days: 24 * 3_600_000 };

describe('the settings', () => {
  it('have names of their own', () => {
    const names = SETTINGS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
  });

  it('say their unit in their name, and their bounds hold the default', () => {
    const numbers = SETTINGS.filter(({ kind }) => kind.range !== undefined);
    expect(numbers.length).toBeGreaterThan(15);
    for (const { name, kind, fallback } of numbers) {
      const { min, max, unit } = kind.range ?? { min: NaN, max: NaN };
      expect([name, unit]).toEqual([name, unitOf(name)]);
      expect(Number.isSafeInteger(max)).toBe(true);
      // Some have none of their own: another setting's value counts then.
      expect(fallback('development') ?? min).toBeGreaterThanOrEqual(min);
      expect(fallback('production') ?? max).toBeLessThanOrEqual(max);
      expect(kind.parse(String(max))).toBe(max);
      expect(kind.parse(String(min))).toBe(min);
      expect(kind.parse(String(max + 1))).toBeUndefined();
      expect(kind.parse('-1')).toBeUndefined();
      expect(kind.parse('1.5')).toBeUndefined();
    }
  });

  it('take no time that is too long for a timer; days are for dates', () => {
    for (const { kind } of SETTINGS) {
      const { max, unit } = kind.range ?? { max: 0 };
      if (unit === 'milliseconds') expect(max * IN_MILLISECONDS[unit]).toBeLessThan(MAX_TIMER_MS);
      if (unit === 'days') expect(Number.isNaN(new Date(max * IN_MILLISECONDS[unit]).getTime())).toBe(false);
    }
  });

  it('need only settings that there are', () => {
    const names = SETTINGS.map(({ name }) => name);
    for (const { needs } of SETTINGS) if (needs !== undefined) expect(names).toContain(needs);
  });

  it('have defaults of the form that they want', () => {
    for (const { kind, shown } of SETTINGS) if (shown !== '') expect(kind.parse(shown)).toBeDefined();
  });
});

function unitOf(name: string) {
  if (name.endsWith('_MS')) return 'milliseconds';
  if (name.endsWith('_S')) return 'seconds';
  return name.endsWith('_DAYS') ? 'days' : undefined;
}
