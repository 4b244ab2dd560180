import { randomBytes } from 'node:crypto';

const RANDOM_BYTES = 10;

/**
 * A new id: 48 bits of time, then 80 random bits, as a lower-case UUID of version 7. Ids made later sort later, so
 * that indexes grow at one end.
 */
export function newId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  const random = randomBytes(RANDOM_BYTES);
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70;
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80;
  const tail = random.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail.slice(0, 4)}-${tail.slice(4, 8)}-${tail.slice(8)}`;
}
