import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { sharedLimiter } from '../../cluster/limits/shared-limiter.js';
import { SharedScripts } from '../../cluster/limits/shared-scripts.port.js';
import type { Principal } from '../../contract/principal.js';
import { errors } from '../../platform/errors/errors.js';
import { BoundedMemoryLimiter } from '../login/bounded-memory-limiter.js';

/** Keys that this instance counts while nobody counts for all; the oldest are forgotten beyond it. */
const MAX_COUNTED_KEYS = 50_000;
/** The limit is each key's own. */
const COUNT = { name: 'requests-of-key', attempts: Number.MAX_SAFE_INTEGER, windowSeconds: 60 };

/**
 * Counts the requests of API keys that have a rate, on all instances together where they share counts, and refuses those beyond it. The minute begins
 * with the first request. Runs after the `AuthenticationGuard`; other callers cost nothing.
 */
@Injectable()
export class KeyRateGuard implements CanActivate {
  private readonly counts: RateLimiterAbstract;

  constructor(scripts: SharedScripts) {
    this.counts = sharedLimiter(scripts, COUNT, new BoundedMemoryLimiter(COUNT, MAX_COUNTED_KEYS));
  }

  /** @throws AppError `rate_limited` with the time to wait */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { user } = context.switchToHttp().getRequest<{ user?: Principal }>();
    if (user?.apiKeyId === undefined || user.requestsPerMinute === undefined) return true;
    return this.count(user.apiKeyId, user.requestsPerMinute);
  }

  private async count(keyId: string, limit: number): Promise<boolean> {
    const { consumedPoints, msBeforeNext } = await this.counts.consume(keyId);
    if (consumedPoints <= limit) return true;
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    throw errors.rateLimited(seconds, `This API key is good for ${limit} requests in a minute.`);
  }
}
