import { Injectable } from '@nestjs/common';
import type { Principal } from '../contract/principal.js';
import { errors } from '../platform/errors/errors.js';
import { ProviderSessions } from './backchannel/provider-sessions.service.js';
import { UserDirectory, type DirectoryEntry } from './directory/user-directory.port.js';
import { OpenSignIns } from './tokens/open-sign-ins.service.js';

/**
 * What a caller may at this moment, whatever their credentials said when they were made. Asked for every request: a user who was disabled, or whose
 * roles were changed, is another one at once here, and elsewhere within the staleness of `UserDirectory`.
 */
@Injectable()
export class CallerStanding {
  constructor(
    private readonly directory: UserDirectory,
    private readonly signIns: OpenSignIns,
    private readonly providerSessions: ProviderSessions,
  ) {}

  /**
   * @param principal whom valid credentials stand for
   * @returns the same with the roles of now
   * @throws AppError `account_disabled`; `unauthenticated` when the user is gone, or signed out meanwhile
   */
  async of(principal: Principal): Promise<Principal> {
    const user = await this.directory.find(principal.userId);
    if (user === undefined) throw errors.unauthenticated('The account does not exist any more.');
    if (user.isDisabled) throw errors.accountDisabled();
    if (await this.isSignedOut(principal, user))
      throw errors.unauthenticated('You have been signed out: sign in again.');
    if (principal.tenantId !== user.tenantId) return this.of(inTenantOf(principal, user));
    // The issuer says what its users are; of a key its own look-up does.
    const isToldElsewhere = principal.subject !== undefined || principal.apiKeyId !== undefined;
    return isToldElsewhere || principal.roles === user.roles
      ? principal
      : { ...principal, roles: user.roles };
  }

  /** Where a sign-in is known, it says so itself; of other tokens, when they were issued, and their issuer's word. Keys outlive sign-ins. */
  private async isSignedOut(caller: Principal, { signedOutAt }: DirectoryEntry): Promise<boolean> {
    const { apiKeyId, loginId, issuedAt = 0 } = caller;
    if (apiKeyId !== undefined) return false;
    if (loginId !== undefined) return !(await this.signIns.isOpen(loginId));
    if (signedOutAt !== undefined && issuedAt <= signedOutAt.getTime()) return true;
    return this.providerSessions.isEnded(caller);
  }
}

/**
 * Keys and tickets stand for their user, in whatever tenant they are by now; a token stands for what it says.
 * @throws AppError `unauthenticated` for a token that names a tenant which its user has left
 */
function inTenantOf(principal: Principal, { tenantId }: DirectoryEntry): Principal {
  if (principal.accessToken !== undefined)
    throw errors.unauthenticated('You belong to another tenant by now: sign in again.');
  return { ...principal, tenantId };
}
