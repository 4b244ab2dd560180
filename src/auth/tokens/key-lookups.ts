/** How many keys that nobody knows are looked for one right after the other: some providers sign with a new key the moment they have it. */
export const MAX_LOOKUPS_AT_ONCE = 3;
/** How soon one more may be looked for: a new key works after that at the latest, and a flood of made-up ids costs no more. */
export const LOOKUP_INTERVAL_MS = 30_000;

/** Bounds how often keys that nobody knows are looked for at an issuer. */
export class KeyLookups {
  /** When all that were taken will have been made up for; epoch milliseconds. */
  private settledAt = 0;

  /** @returns whether one may be looked for now, which counts then */
  take(now: number): boolean {
    const settledAt = Math.max(this.settledAt, now) + LOOKUP_INTERVAL_MS;
    if (settledAt - now > MAX_LOOKUPS_AT_ONCE * LOOKUP_INTERVAL_MS) return false;
    this.settledAt = settledAt;
    return true;
  }
}
