import { randomUUID } from 'node:crypto';

/** Where the random part of a UUID of version 4 begins, behind 48 random bits that are not used and the digit of the version. */
const RANDOM_FROM = 15;

/**
 * A new id: 48 bits of time, then 74 random bits, as a lower-case UUID of version 7. Ids made later sort later, so
 * that indexes grow at one end. Node draws the random bits of many UUIDs at once.
 */
export function newId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(RANDOM_FROM)}`;
}

/** When an id of `newId` was made, in milliseconds since the epoch; of another text anything, or `NaN`. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
