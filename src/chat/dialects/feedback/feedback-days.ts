import { errors } from '../../../platform/errors/errors.js';

const DAY_MS = 24 * 3_600_000;
const DEFAULT_DAYS = 30;
const MAX_RANGE_DAYS = 366;

/**
 * The days that are asked for, both included.
 * @throws AppError `validation_failed` for days that there are none, or too many
 */
export function daysOf(
  from: string | undefined,
  to: string | undefined,
  now: number,
): { readonly from: string; readonly to: string } {
  const last = to === undefined ? now : timeOf(to, 'to');
  const first = from === undefined ? last - DEFAULT_DAYS * DAY_MS : timeOf(from, 'from');
  if (first > last || last - first > MAX_RANGE_DAYS * DAY_MS)
    throw errors.validation([
      { field: 'from', message: `must be at most ${MAX_RANGE_DAYS} days before \`to\`, and not behind it` },
    ]);
  return { from: dayOf(first), to: dayOf(last) };
}

function timeOf(day: string, field: string): number {
  const time = Date.parse(`${day}T00:00:00Z`);
  // The 30th of February is another day.
  if (Number.isNaN(time) || dayOf(time) !== day)
    throw errors.validation([{ field, message: 'must be a day: 2026-11-29' }]);
  return time;
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
