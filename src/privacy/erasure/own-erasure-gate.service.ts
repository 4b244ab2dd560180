import { Injectable } from '@nestjs/common';
import { PasswordsService } from '../../auth/passwords/passwords.service.js';
import type { Principal } from '../../contract/principal.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';

/** How old a token of an identity provider may be for what can't be undone. */
const FRESH_FOR_MS = 5 * 60_000;

/** Whoever has found an open page, or a token, must not be able to delete its owner's account by it alone. */
@Injectable()
export class OwnErasureGate {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @param address where the request came from, for throttling
   * @throws AppError `validation_failed` without a password where there is one; `forbidden` for a wrong one, and for an old token; `rate_limited`,
   *   `overloaded`
   */
  async assertMayErase(caller: Principal, password: string | undefined, address: string): Promise<void> {
    if (caller.subject !== undefined) {
      const { issuedAt = 0 } = caller;
      if (this.clock.now() - issuedAt <= FRESH_FOR_MS) return;
      throw errors.forbidden('Sign in again for this: your token is older than five minutes.');
    }
    if (password === undefined)
      throw errors.validation([{ field: 'password', message: 'password is needed to delete an account' }]);
    await this.passwords.confirm(caller, password, address);
  }
}
