const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 4000;
/** An upstream that wants to be left alone for longer is not waited for: the user is. */
const MAX_RETRY_AFTER_MS = 10_000;

/**
 * How long to wait before another attempt: a pause that doubles, of which a random half is taken, so that many turns that failed at once
 * don't come back at once. `Retry-After` is the least when there is one.
 *
 * @param retry 1 for the first
 * @param random from 0 to 1
 * @returns milliseconds; `undefined` when the upstream asks for a longer pause than is reasonable
 */
export function pauseBefore(
  retry: number,
  retryAfterSeconds: number | undefined,
  random: number,
): number | undefined {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (retry - 1), MAX_PAUSE_MS);
  const jittered = longest / 2 + (random * longest) / 2;
  const asked = (retryAfterSeconds ?? 0) * 1000;
  if (asked > MAX_RETRY_AFTER_MS) return undefined;
  return Math.round(asked === 0 ? jittered : asked + (random * longest) / 2);
}
