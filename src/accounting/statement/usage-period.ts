import { errors } from '../../platform/errors/errors.js';

/** Half-open: `from` ≤ time < `to`. */
export interface UsagePeriod {
  readonly from: Date;
  readonly to: Date;
}

const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads the period of a usage report. A date alone means that whole day in UTC, so that `from=to` is one day.
 * @param now epoch milliseconds; the default end
 * @returns by default the last 30 days
 * @throws AppError `validation_failed` for anything but ISO dates and times with a zone, in order and at most 366 days apart
 */
export function parseUsagePeriod(from: string | undefined, to: string | undefined, now: number): UsagePeriod {
  const end = to === undefined ? new Date(now + 1) : parseEdge('to', to, DAY_MS);
  const start =
    from === undefined ? new Date(end.getTime() - DEFAULT_DAYS * DAY_MS) : parseEdge('from', from, 0);
  const length = end.getTime() - start.getTime();
  if (length <= 0) throw errors.validation([{ field: 'to', message: 'must not be before from' }]);
  if (length > MAX_DAYS * DAY_MS) {
    throw errors.validation([{ field: 'from', message: `must be at most ${MAX_DAYS} days before to` }]);
  }
  return { from: start, to: end };
}

function parseEdge(field: string, text: string, wholeDay: number): Date {
  const isDate = DATE.test(text);
  const time = isDate || DATE_TIME.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 30 February for 1 March.
  const exists = isDate && !Number.isNaN(time) ? new Date(time).toISOString().startsWith(text) : true;
  if (Number.isNaN(time) || !exists) {
    throw errors.validation([{ field, message: 'must be an ISO date or a time with a zone' }]);
  }
  return new Date(time + (isDate ? wholeDay : 0));
}
