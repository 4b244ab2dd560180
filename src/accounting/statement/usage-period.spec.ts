import { AppError } from '../../platform/errors/app.error.js';
import { parseUsagePeriod } from './usage-period.js';

const now = Date.parse('2026-03-15T10:00:00.000Z');

function iso(from?: string, to?: string): string[] {
  const period = parseUsagePeriod(from, to, now);
  return [period.from.toISOString(), period.to.toISOString()];
}

describe('the period of a usage report', () => {
  it('is the last 30 days, this very moment included, unless told otherwise', () => {
    expect(iso()).toEqual(['2026-02-13T10:00:00.001Z', '2026-03-15T10:00:00.001Z']);
  });

  it('takes a date as that whole day', () => {
    expect(iso('2026-03-01', '2026-03-01')).toEqual(['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z']);
  });

  it('takes a time with a zone as it is', () => {
    expect(iso('2026-03-01T10:00+02:00', '2026-03-01T09:00:00Z')).toEqual([
      '2026-03-01T08:00:00.000Z',
      '2026-03-01T09:00:00.000Z',
    ]);
  });

  it('reaches 30 days back from a given end', () => {
    expect(iso(undefined, '2026-01-31T00:00:00Z')[0]).toBe('2026-01-01T00:00:00.000Z');
  });

  it.each([
    ['2026-02-30', undefined],
    ['2026-13-01', undefined],
    ['yesterday', undefined],
    ['2026-03-01T10:00', undefined],
    ['1', undefined],
    ['', undefined],
    ['2026-03-02', '2026-03-01'],
    ['2020-01-01', '2026-03-01'],
    [undefined, '2026-3-1'],
  ])('refuses from %s to %s', (from, to) => {
    expect(() => parseUsagePeriod(from, to, now)).toThrow(AppError);
  });
});
