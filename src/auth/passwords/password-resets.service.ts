import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { UserStore } from '../accounts/user.store.port.js';
import { hashSecret, newSecret } from '../secret-hash.js';

const RESET_LIFETIME_MS = 24 * 3600 * 1000;

/** What lets a user set a password once. */
export interface PasswordReset {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Makes the tokens with which passwords are set. */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly users: UserStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a token with which the password can be set once; one that was made before is good no more.
   * @throws AppError `not_found`; `conflict` for a user who has no password here
   */
  async allow(userId: string): Promise<PasswordReset> {
    const user = await this.users.findById(userId);
    if (user === undefined) throw errors.notFound('The user');
    if (user.email === undefined) throw errors.conflict('This user signs in at the identity provider.');
    const secret = newSecret();
    const expiresAt = new Date(this.clock.now() + RESET_LIFETIME_MS);
    await this.users.setPasswordReset(userId, { hash: hashSecret(secret), expiresAt });
    return { token: `${userId}.${secret}`, expiresAt };
  }
}

/** Where the page asks for the new password. The token stands behind `#`, which no browser sends anywhere. @param publicUrl without a trailing slash */
export function resetLink(publicUrl: string, token: string): string {
  return `${publicUrl}/#/reset-password/${token}`;
}
