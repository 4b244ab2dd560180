import { CommandError } from '../../errors.js';

/** A time zone as an offset, or by its name in the IANA database that Node carries. */
export interface TimeZone {
  readonly name: string;
  readonly fixed: boolean;
  readonly offsetMs: (instant: number) => number;
}

const known = new Map<string, TimeZone>();

/** @throws CommandError 40485 for a name nobody knows */
export function parseTimeZone(name: string): TimeZone {
  const cached = known.get(name);
  if (cached) return cached;
  const zone = offsetZone(name) ?? namedZone(name);
  known.set(name, zone);
  return zone;
}

function offsetZone(name: string): TimeZone | undefined {
  if (name === 'UTC' || name === 'GMT' || name === 'Z') return { name, fixed: true, offsetMs: () => 0 };
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(name);
  if (!match) return undefined;
  const offset = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60_000 * (match[1] === '-' ? -1 : 1);
  return { name, fixed: true, offsetMs: () => offset };
}

function namedZone(name: string): TimeZone {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    throw new CommandError(40485, `unrecognized time zone identifier: "${name}"`);
  }
  return {
    name,
    fixed: false,
    offsetMs: (instant) => {
      const text = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const match = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(text);
      if (!match) return 0;
      const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
      return seconds * 1000 * (match[1] === '-' ? -1 : 1);
    },
  };
}

/** The clock on the wall at an instant, as milliseconds that UTC methods read. */
export function localTime(instant: number, zone: TimeZone | undefined): number {
  return instant + (zone ? zone.offsetMs(instant) : 0);
}

/** The instant at which the clock on the wall shows `local`. */
export function utcOf(local: number, zone: TimeZone | undefined): number {
  if (!zone) return local;
  const guess = local - zone.offsetMs(local);
  return local - zone.offsetMs(guess);
}
