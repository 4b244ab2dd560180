import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { errors } from '../../platform/errors/errors.js';

/** Of each kind of count; the oldest are forgotten beyond it. */
export const MAX_COUNTED_KEYS = 50_000;

export interface AttemptLimit {
  readonly attempts: number;
  /** Counted from the first attempt. */
  readonly windowSeconds: number;
  /** What whoever has made too many is told. */
  readonly refusal: string;
}

/** Counts attempts by key, on this instance and in bounded memory, and refuses those beyond the limit. */
export class AttemptCounts {
  private readonly counts: RateLimiterMemory;
  /** The counter has no bound of its own: what is pushed out here is forgotten there. */
  private readonly tracked = new LRUCache<string, true>({
    max: MAX_COUNTED_KEYS,
    dispose: (_, key, reason) => {
      if (reason !== 'set') void this.counts.delete(key);
    },
  });

  constructor(private readonly limit: AttemptLimit) {
    this.counts = new RateLimiterMemory({ points: limit.attempts, duration: limit.windowSeconds });
  }

  /** @throws AppError `rate_limited` when there were as many attempts as there may be */
  async check(key: string): Promise<void> {
    const count = await this.counts.get(key);
    if (count !== null && count.consumedPoints >= this.limit.attempts) this.refuse(count);
  }

  /** @throws AppError `rate_limited` when this is one attempt too many */
  async count(key: string): Promise<void> {
    this.tracked.set(key, true);
    try {
      await this.counts.consume(key);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) this.refuse(refusal);
      else throw refusal;
    }
  }

  forget(key: string): void {
    this.tracked.delete(key);
  }

  private refuse({ msBeforeNext }: RateLimiterRes): void {
    // The count goes by a timer, which may be late.
    if (msBeforeNext <= 0) return;
    throw errors.rateLimited(Math.ceil(msBeforeNext / 1000), this.limit.refusal);
  }
}
