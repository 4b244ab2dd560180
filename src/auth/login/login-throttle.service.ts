import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { addressBlock } from './address-block.js';
import { AttemptCounts } from './attempt-counts.js';

/** For one e-mail from one address. */
export const MAX_LOGIN_FAILURES_PER_EMAIL = 10;
export const LOGIN_FAILURE_WINDOW_SECONDS = 15 * 60;
export const REGISTRATION_WINDOW_SECONDS = 60 * 60;

/**
 * Slows down guessing and mass registration, per instance. Failed logins are counted by both e-mail and address, so that nobody locks out an
 * owner from elsewhere, and by address alone, so that one password cannot be tried on every e-mail.
 */
@Injectable()
export class LoginThrottle {
  private readonly byEmail = new AttemptCounts({
    attempts: MAX_LOGIN_FAILURES_PER_EMAIL,
    windowSeconds: LOGIN_FAILURE_WINDOW_SECONDS,
    refusal: 'Too many failed logins: try again later.',
  });
  private readonly byAddress: AttemptCounts;
  private readonly registrations: AttemptCounts;

  constructor({ accounts }: AppConfig) {
    this.byAddress = new AttemptCounts({
      attempts: accounts.loginFailuresPerAddress,
      windowSeconds: LOGIN_FAILURE_WINDOW_SECONDS,
      refusal: 'Too many failed logins from this address: try again later.',
    });
    this.registrations = new AttemptCounts({
      attempts: accounts.registrationsPerAddress,
      windowSeconds: REGISTRATION_WINDOW_SECONDS,
      refusal: 'Too many registrations from this address: try again later.',
    });
  }

  /**
   * To be asked before the password is checked, and before a right one is told.
   * @throws AppError `rate_limited`
   */
  async check(email: string, address: string): Promise<void> {
    const block = addressBlock(address);
    await this.byAddress.check(block);
    await this.byEmail.check(keyOf(email, block));
  }

  /**
   * To be called before a wrong password is told: of many guesses sent at once, which all pass the check before the first has failed, no more
   * than the limit are.
   * @throws AppError `rate_limited`
   */
  async noteFailure(email: string, address: string): Promise<void> {
    const block = addressBlock(address);
    await this.byAddress.count(block);
    await this.byEmail.count(keyOf(email, block));
  }

  /** The failures for other e-mails stay: whoever has an account could try all the others between two logins. */
  noteSuccess(email: string, address: string): void {
    this.byEmail.forget(keyOf(email, addressBlock(address)));
  }

  /**
   * To be called before anything is done for a registration.
   * @throws AppError `rate_limited`
   */
  noteRegistration(address: string): Promise<void> {
    return this.registrations.count(addressBlock(address));
  }
}

function keyOf(email: string, block: string): string {
  return `${block} ${email}`;
}
