const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

/**
 * How long to wait before a try: doubling, with jitter over its upper half, so that clients that lost the same server don't come back at once.
 * @param attempt 1 for the first retry
 * @param retryAfterSeconds what the server asked for: never less than that
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function retryDelay(attempt: number, retryAfterSeconds = 0, random = Math.random()): number {
  const ceiling = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
  return Math.max(retryAfterSeconds * 1000, 0) + ceiling * (0.5 + random / 2);
}
