import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { sharedLimiter, type LimiterOptions } from '../../cluster/limits/shared-limiter.js';
import type { SharedScripts } from '../../cluster/limits/shared-scripts.port.js';
import { errors } from '../../platform/errors/errors.js';
import { hashSecret } from '../secret-hash.js';
import { BoundedMemoryLimiter } from './bounded-memory-limiter.js';

/** Of each kind of count, in this instance's memory; the oldest are forgotten beyond it. */
export const MAX_COUNTED_KEYS = 50_000;

export interface AttemptLimit extends LimiterOptions {
  /** What whoever has made too many is told. */
  readonly refusal: string;
}

/**
 * Counts attempts by key, on all instances together where they share counts, else on this one and in bounded memory, and refuses those beyond the
 * limit. The window begins with the first attempt.
 */
export class AttemptCounts {
  private readonly alone: BoundedMemoryLimiter;
  private readonly counts: RateLimiterAbstract;

  constructor(
    private readonly limit: AttemptLimit,
    private readonly scripts: SharedScripts,
  ) {
    this.alone = new BoundedMemoryLimiter(limit, MAX_COUNTED_KEYS);
    this.counts = sharedLimiter(scripts, limit, this.alone);
  }

  /** @throws AppError `rate_limited` when there were as many attempts as there may be */
  async check(key: string): Promise<void> {
    const count = await this.counts.get(this.nameOf(key));
    if (count !== null && count.consumedPoints >= this.limit.attempts) this.refuse(count);
  }

  /** @throws AppError `rate_limited` when this is one attempt too many */
  async count(key: string): Promise<void> {
    try {
      await this.counts.consume(this.nameOf(key));
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) this.refuse(refusal);
      else throw refusal;
    }
  }

  /** Not waited for. */
  forget(key: string): void {
    const name = this.nameOf(key);
    void this.alone.delete(name);
    if (this.counts !== this.alone) void this.counts.delete(name);
  }

  /** Whose attempts are counted is nobody else's business. */
  private nameOf(key: string): string {
    return this.scripts.isShared ? hashSecret(key) : key;
  }

  private refuse({ msBeforeNext }: RateLimiterRes): void {
    // The count goes by a timer, which may be late.
    if (msBeforeNext <= 0) return;
    throw errors.rateLimited(Math.ceil(msBeforeNext / 1000), this.limit.refusal);
  }
}
