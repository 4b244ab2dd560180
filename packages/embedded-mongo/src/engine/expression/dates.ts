import { integerOf } from '../../bson/numbers.js';
import {
  DateValue,
  ObjectIdValue,
  TimestampValue,
  isDocument,
  type Document,
  type Value,
} from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { typeName } from '../filter/tests.js';
import type { Expression } from './evaluate.js';
import { formatDate } from './date-format.js';
import { localTime, parseTimeZone, utcOf, type TimeZone } from './time-zone.js';

type Parse = (value: Value) => Expression;
const DEFAULT_FORMAT = '%Y-%m-%dT%H:%M:%S.%LZ';
const ZONED_DEFAULT_FORMAT = '%Y-%m-%dT%H:%M:%S.%L';

function options(operand: Value, operator: string, known: readonly string[]): Document {
  if (!isDocument(operand))
    throw new CommandError(18629, `${operator} only supports an object as its argument`);
  for (const name of operand.keys())
    if (!known.includes(name)) throw new CommandError(18534, `Unrecognized argument to ${operator}: ${name}`);
  if (!operand.has('date')) throw new CommandError(18628, `Missing 'date' parameter to ${operator}`);
  return operand;
}

function milliseconds(value: Value | undefined, operator: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof DateValue) return value.milliseconds;
  if (value instanceof ObjectIdValue) return parseInt(value.hex.slice(0, 8), 16) * 1000;
  if (value instanceof TimestampValue) return Number(value.value >> 32n) * 1000;
  throw new CommandError(16006, `can't convert from BSON type ${typeName(value)} to Date in ${operator}`);
}

function zone(value: Value | undefined): TimeZone | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string')
    throw new CommandError(40517, `timezone must evaluate to a string, found ${typeName(value)}`);
  return parseTimeZone(value);
}

export function dateToString(operand: Value, parse: Parse): Expression {
  const given = options(operand, '$dateToString', ['date', 'format', 'timezone', 'onNull']);
  const [date, format, timezone, onNull] = ['date', 'format', 'timezone', 'onNull'].map((name) => {
    const value = given.get(name);
    return value === undefined ? undefined : parse(value);
  });
  return (scope) => {
    const instant = milliseconds(date?.(scope), '$dateToString');
    const pattern = format ? format(scope) : undefined;
    if (format && (pattern === null || pattern === undefined)) return onNull ? onNull(scope) : null;
    if (pattern !== undefined && typeof pattern !== 'string')
      throw new CommandError(
        18533,
        `$dateToString requires that 'format' be a string, found: ${typeName(pattern)} with value`,
      );
    const zoneValue = timezone?.(scope);
    if (timezone && (zoneValue === null || zoneValue === undefined)) return null;
    if (instant === undefined) return onNull ? onNull(scope) : null;
    const timeZone = zone(zoneValue);
    return formatDate(pattern ?? (timeZone ? ZONED_DEFAULT_FORMAT : DEFAULT_FORMAT), instant, timeZone);
  };
}

const UNIT_MS: Record<string, number> = {
  millisecond: 1,
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
};
const UNIT_MONTHS: Record<string, number> = { month: 1, quarter: 3, year: 12 };
const WEEK_DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
/** Bins of more than one unit are counted from here, a Saturday. */
const REFERENCE_MS = Date.UTC(2000, 0, 1);
const REFERENCE_WEEK_DAY = 6;

export function dateTrunc(operand: Value, parse: Parse): Expression {
  const given = options(operand, '$dateTrunc', ['date', 'unit', 'binSize', 'timezone', 'startOfWeek']);
  if (!given.has('unit')) throw new CommandError(5439007, "Missing 'unit' parameter to $dateTrunc");
  const [date, unit, binSize, timezone, startOfWeek] = [
    'date',
    'unit',
    'binSize',
    'timezone',
    'startOfWeek',
  ].map((name) => {
    const value = given.get(name);
    return value === undefined ? undefined : parse(value);
  });
  return (scope) => {
    const parts = [date, unit, binSize, timezone].map((part) => (part ? (part(scope) ?? null) : undefined));
    if (parts.includes(null)) return null;
    const [dateValue, unitValue, binValue, zoneValue] = parts;
    const instant = milliseconds(dateValue, '$dateTrunc');
    const bin = binValue === undefined ? 1 : integerOf(binValue);
    if (typeof unitValue !== 'string' || !(unitValue in UNIT_MS || unitValue in UNIT_MONTHS))
      throw new CommandError(5439013, "$dateTrunc requires 'unit' to be a valid time unit");
    if (bin === undefined || bin < 1)
      throw new CommandError(5439017, "$dateTrunc requires 'binSize' to be a positive integer");
    if (instant === undefined) return null;
    return new DateValue(truncate(instant, unitValue, bin, zone(zoneValue), firstDay(startOfWeek?.(scope))));
  };
}

function firstDay(value: Value | undefined): number {
  if (value === undefined) return 0;
  const day =
    typeof value === 'string'
      ? WEEK_DAYS.findIndex(
          (name) => name === value.toLowerCase() || name.slice(0, 3) === value.toLowerCase(),
        )
      : -1;
  if (day < 0)
    throw new CommandError(5439015, "$dateTrunc requires 'startOfWeek' to be a valid day of the week");
  return day;
}

function truncate(
  instant: number,
  unit: string,
  bin: number,
  timeZone: TimeZone | undefined,
  startOfWeek: number,
): number {
  if (timeZone && !timeZone.fixed && (unit === 'hour' || unit === 'minute' || unit === 'second'))
    throw unsupported(`$dateTrunc by ${unit} in a named time zone`);
  const local = localTime(instant, timeZone);
  const months = UNIT_MONTHS[unit];
  if (months !== undefined) {
    const date = new Date(local);
    const sinceReference = (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth();
    const start = Math.floor(sinceReference / (months * bin)) * months * bin;
    return utcOf(Date.UTC(2000, start, 1), timeZone);
  }
  const reference =
    unit === 'week' ? REFERENCE_MS + ((startOfWeek - REFERENCE_WEEK_DAY + 7) % 7) * 86_400_000 : REFERENCE_MS;
  const size = (UNIT_MS[unit] ?? 1) * bin;
  return utcOf(reference + Math.floor((local - reference) / size) * size, timeZone);
}
