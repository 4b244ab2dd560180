import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../platform/clock.js';
import { errors } from '../../platform/errors/errors.js';

const MAX_FAILURES = 10;
const WINDOW_MS = 15 * 60_000;
const MAX_TRACKED = 50_000;

interface Failures {
  count: number;
  /** Epoch milliseconds; counted from the first failure. */
  readonly forgetAt: number;
}

/**
 * Slows down guessing: ten failed logins for one e-mail from one address, then none for the rest of the quarter of an hour. Counted per
 * instance and in bounded memory; by both e-mail and address, so that nobody locks out an owner from elsewhere.
 */
@Injectable()
export class LoginThrottle {
  private readonly failures = new LRUCache<string, Failures>({ max: MAX_TRACKED });

  constructor(private readonly clock: Clock) {}

  /**
   * To be asked before the password is checked and again before the result is told: otherwise many guesses
   * sent at once would all pass before the first has failed.
   * @throws AppError `rate_limited`
   */
  check(email: string, address: string): void {
    const failures = this.find(keyOf(email, address));
    if (failures === undefined || failures.count < MAX_FAILURES) return;
    const seconds = Math.ceil((failures.forgetAt - this.clock.now()) / 1000);
    throw errors.rateLimited(seconds, 'Too many failed logins: try again later.');
  }

  noteFailure(email: string, address: string): void {
    const key = keyOf(email, address);
    const failures = this.find(key) ?? { count: 0, forgetAt: this.clock.now() + WINDOW_MS };
    failures.count += 1;
    this.failures.set(key, failures);
  }

  noteSuccess(email: string, address: string): void {
    this.failures.delete(keyOf(email, address));
  }

  private find(key: string): Failures | undefined {
    const failures = this.failures.get(key);
    return failures !== undefined && this.clock.now() < failures.forgetAt ? failures : undefined;
  }
}

function keyOf(email: string, address: string): string {
  return `${address} ${email}`;
}
