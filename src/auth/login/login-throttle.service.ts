import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { errors } from '../../platform/errors/errors.js';

const MAX_FAILURES = 10;
/** Counted from the first failure. */
const WINDOW_SECONDS = 15 * 60;
const MAX_TRACKED = 50_000;

/**
 * Slows down guessing: ten failed logins for one e-mail from one address, then none for the rest of the quarter of an hour. Counted per
 * instance and in bounded memory; by both e-mail and address, so that nobody locks out an owner from elsewhere.
 */
@Injectable()
export class LoginThrottle {
  private readonly failures = new RateLimiterMemory({ points: MAX_FAILURES, duration: WINDOW_SECONDS });
  /** The counter has no bound of its own: what is pushed out here is forgotten there. */
  private readonly tracked = new LRUCache<string, true>({
    max: MAX_TRACKED,
    dispose: (_, key) => void this.failures.delete(key),
  });

  /**
   * To be asked before the password is checked, and before a right one is told.
   * @throws AppError `rate_limited`
   */
  async check(email: string, address: string): Promise<void> {
    const failures = await this.failures.get(keyOf(email, address));
    if (failures !== null && failures.consumedPoints >= MAX_FAILURES) refuse(failures);
  }

  /**
   * To be called before a wrong password is told: of many guesses sent at once, which all pass the check before the first has failed, no more
   * than ten are.
   * @throws AppError `rate_limited`
   */
  async noteFailure(email: string, address: string): Promise<void> {
    const key = keyOf(email, address);
    this.tracked.set(key, true);
    try {
      await this.failures.consume(key);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) refuse(refusal);
      throw refusal;
    }
  }

  noteSuccess(email: string, address: string): void {
    this.tracked.delete(keyOf(email, address));
  }
}

function refuse({ msBeforeNext }: RateLimiterRes): void {
  // The count goes by a timer, which may be late.
  if (msBeforeNext <= 0) return;
  throw errors.rateLimited(Math.ceil(msBeforeNext / 1000), 'Too many failed logins: try again later.');
}

function keyOf(email: string, address: string): string {
  return `${address} ${email}`;
}
