import { Injectable } from '@nestjs/common';
import { SharedScripts } from '../../cluster/limits/shared-scripts.port.js';
import { AppConfig } from '../../config/app-config.js';
import { addressBlock } from './address-block.js';
import { AttemptCounts } from './attempt-counts.js';

/** For one e-mail from one address. */
export const MAX_LOGIN_FAILURES_PER_EMAIL = 10;
export const LOGIN_FAILURE_WINDOW_SECONDS = 15 * 60;
export const REGISTRATION_WINDOW_SECONDS = 60 * 60;

/**
 * Slows down guessing and mass registration. Failed logins are counted by both e-mail and address, so that nobody locks out an
 * owner from elsewhere, and by address alone, so that one password cannot be tried on every e-mail.
 */
@Injectable()
export class LoginThrottle {
  private readonly byEmail: AttemptCounts;
  private readonly byAddress: AttemptCounts;
  private readonly registrations: AttemptCounts;

  constructor({ accounts }: AppConfig, scripts: SharedScripts) {
    this.byEmail = new AttemptCounts(
      {
        name: 'login-failures-of-email',
        attempts: MAX_LOGIN_FAILURES_PER_EMAIL,
        windowSeconds: LOGIN_FAILURE_WINDOW_SECONDS,
        refusal: 'Too many failed logins: try again later.',
      },
      scripts,
    );
    this.byAddress = new AttemptCounts(
      {
        name: 'login-failures-of-address',
        attempts: accounts.loginFailuresPerAddress,
        windowSeconds: LOGIN_FAILURE_WINDOW_SECONDS,
        refusal: 'Too many failed logins from this address: try again later.',
      },
      scripts,
    );
    this.registrations = new AttemptCounts(
      {
        name: 'registrations-of-address',
        attempts: accounts.registrationsPerAddress,
        windowSeconds: REGISTRATION_WINDOW_SECONDS,
        refusal: 'Too many registrations from this address: try again later.',
      },
      scripts,
    );
  }

  /**
   * To be asked before the password is checked, and before a right one is told.
   * @throws AppError `rate_limited`
   */
  async check(email: string, address: string): Promise<void> {
    const block = addressBlock(address);
    // Together, so that a shared count is waited for once; the first that refuses is told.
    await Promise.all([this.byAddress.check(block), this.byEmail.check(keyOf(email, block))]);
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
