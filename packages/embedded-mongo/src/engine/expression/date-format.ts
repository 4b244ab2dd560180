import { CommandError } from '../../errors.js';
import { localTime, type TimeZone } from './time-zone.js';

const DAY_MS = 86_400_000;
const SHORT_MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** Prints an instant by `$dateToString`'s format specifiers. @throws CommandError 18536 for an unknown one */
export function formatDate(format: string, instant: number, zone: TimeZone | undefined): string {
  const local = new Date(localTime(instant, zone));
  const offsetMinutes = (local.getTime() - instant) / 60_000;
  return format.replace(/%([^]?)/g, (_, specifier: string) => part(specifier, local, offsetMinutes));
}

function part(specifier: string, date: Date, offsetMinutes: number): string {
  switch (specifier) {
    case 'Y': {
      const year = date.getUTCFullYear();
      if (year < 0 || year > 9999)
        throw new CommandError(
          18537,
          `$dateToString is only defined on year 0-9999, tried to use year ${year}`,
        );
      return pad(year, 4);
    }
    case 'm':
      return pad(date.getUTCMonth() + 1, 2);
    case 'd':
      return pad(date.getUTCDate(), 2);
    case 'H':
      return pad(date.getUTCHours(), 2);
    case 'M':
      return pad(date.getUTCMinutes(), 2);
    case 'S':
      return pad(date.getUTCSeconds(), 2);
    case 'L':
      return pad(date.getUTCMilliseconds(), 3);
    case 'j':
      return pad(dayOfYear(date), 3);
    case 'w':
      return String(date.getUTCDay() + 1);
    case 'u':
      return String(date.getUTCDay() || 7);
    case 'U':
      return pad(Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7), 2);
    case 'G':
      return pad(isoWeek(date).year, 4);
    case 'V':
      return pad(isoWeek(date).week, 2);
    case 'b':
      return SHORT_MONTHS[date.getUTCMonth()] ?? '';
    case 'B':
      return MONTHS[date.getUTCMonth()] ?? '';
    case 'z':
      return `${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offsetMinutes) / 60), 2)}${pad(Math.abs(offsetMinutes) % 60, 2)}`;
    case 'Z':
      return String(offsetMinutes);
    case '%':
      return '%';
    case '':
      throw new CommandError(18535, "Unmatched '%' at end of format string");
    default:
      throw new CommandError(18536, `Invalid format character '%${specifier}' in format string`);
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
}

/** ISO 8601: weeks begin on Monday and belong to the year of their Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS);
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}
