import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { Principal } from '../contract/principal.js';
import { errors } from '../platform/errors/errors.js';
import { UserDirectory } from './directory/user-directory.port.js';

/**
 * What a caller may at this moment, whatever their credentials said when they were made. Asked for every request: a user who was disabled, or whose
 * roles were changed, is another one at once here, and elsewhere within the staleness of `UserDirectory`.
 */
@Injectable()
export class CallerStanding {
  constructor(
    private readonly directory: UserDirectory,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param principal whom valid credentials stand for
   * @returns the same with the roles of now
   * @throws AppError `account_disabled`; `unauthenticated` when the user is gone
   */
  async of(principal: Principal): Promise<Principal> {
    const user = await this.directory.find(principal.userId);
    if (user === undefined) throw errors.unauthenticated('The account does not exist any more.');
    if (user.isDisabled) throw errors.accountDisabled();
    // The issuer says what its users are; of a key its own look-up does.
    const isToldElsewhere = this.config.auth.issuer !== undefined || principal.apiKeyId !== undefined;
    return isToldElsewhere || principal.roles === user.roles
      ? principal
      : { ...principal, roles: user.roles };
  }
}
