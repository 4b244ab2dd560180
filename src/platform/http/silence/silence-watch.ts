import type { UnansweredConnection } from './tcp-table.js';

/** A peer that is away for no longer than this is waited for. */
const PATIENCE_MS = 25_000;
/** What is sent to a peer that is there is acknowledged within this time, on the slowest lines too. */
const ANSWER_MS = 4000;
/** Seen without an answer for this long… */
const WATCHED_MS = PATIENCE_MS + 10_000;
/** …and asked this often, a peer is gone however the kernel spaces its attempts. */
const ATTEMPTS = { data: 10, 'window-probe': 3 } as const;

interface Suspicion {
  readonly sinceMs: number;
  readonly attempts: number;
}

/**
 * Tells peers that are gone from those that are slow or away for a moment, from looks at the unanswered connections.
 *
 * The number of attempts alone says little: the kernel doubles its pauses (after 30 s the next attempt may be 20 s away, and a peer that
 * is back cannot answer before), but begins anew with each "host unreachable" of a router. So a peer is gone when it was asked once
 * more after `PATIENCE_MS` and has not answered that, or when look after look it was asked often in vain.
 */
export class SilenceWatch {
  private suspicions = new Map<string, Suspicion>();

  /** @param unanswered all of this moment @param nowMs of a clock that never goes back @returns those whose peers are gone */
  look(unanswered: readonly UnansweredConnection[], nowMs: number): UnansweredConnection[] {
    const before = this.suspicions;
    this.suspicions = new Map();
    return unanswered.filter((connection) => {
      const { key, attempts, repeats } = connection;
      const known = before.get(key);
      // Fewer attempts than at the last look: there was an answer in between.
      const sinceMs = known !== undefined && known.attempts <= attempts ? known.sinceMs : nowMs;
      this.suspicions.set(key, { sinceMs, attempts });
      return (
        wasAskedInVainAfterPatience(connection) ||
        (nowMs - sinceMs >= WATCHED_MS && attempts >= ATTEMPTS[repeats])
      );
    });
  }
}

/** With pauses that double, the time-out of today tells when the first attempt was made. */
function wasAskedInVainAfterPatience({
  repeats,
  attempts,
  remainingMs,
  timeoutMs,
}: UnansweredConnection): boolean {
  // A window probe's pauses grow while the peer answers, and stand in no column.
  if (repeats === 'window-probe') return false;
  const lastAskedAfterMs = timeoutMs - timeoutMs / 2 ** attempts;
  return lastAskedAfterMs >= PATIENCE_MS && timeoutMs - remainingMs >= ANSWER_MS;
}
