import { Injectable } from '@nestjs/common';
import type { Principal } from '../contract/principal.js';
import { ProviderSessions } from './backchannel/provider-sessions.service.js';
import { ApiKeyAuthenticator } from './api-keys/api-key.authenticator.js';
import { UserDirectory, type DirectoryEntry } from './directory/user-directory.port.js';
import { OpenSignIns } from './tokens/open-sign-ins.service.js';

/** What became of somebody who is in the middle of something. */
export type Continuation =
  | { readonly kind: 'goes-on'; readonly principal: Principal }
  /** Nothing of the user may go on. */
  | { readonly kind: 'user-revoked' }
  /** What was begun with this credential may not. */
  | { readonly kind: 'credential-revoked' };

/**
 * Whether what somebody has begun may go on: what was foreseeable when it began (the expiry of a token or a key, the end of an overlap) ends nothing, and neither does signing
 * oneself out. All of it is read through caches, with their staleness.
 */
@Injectable()
export class ContinuedAccess {
  constructor(
    private readonly directory: UserDirectory,
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly signIns: OpenSignIns,
    private readonly providerSessions: ProviderSessions,
  ) {}

  /** @param began who they were when it began @returns who they are now, with the roles and the key's chatflows of now; rejects when the database can't be reached */
  async of(began: Principal): Promise<Continuation> {
    const user = await this.directory.find(began.userId);
    if (user === undefined || user.isDisabled || (await this.wasSignedOut(began, user)))
      return { kind: 'user-revoked' };
    if (began.apiKeyHash !== undefined) {
      const principal = await this.apiKeys.standsFor(began.apiKeyHash);
      return principal === undefined ? { kind: 'credential-revoked' } : { kind: 'goes-on', principal };
    }
    if (await this.providerSessions.isEnded(began)) return { kind: 'credential-revoked' };
    // The issuer says what its users are.
    const isToldElsewhere = began.subject !== undefined;
    return { kind: 'goes-on', principal: isToldElsewhere ? began : { ...began, roles: user.roles } };
  }

  /** By an administrator, since the token was made. */
  private async wasSignedOut(began: Principal, { accessRevokedAt }: DirectoryEntry): Promise<boolean> {
    const { apiKeyId, loginId, issuedAt = 0 } = began;
    if (apiKeyId !== undefined || accessRevokedAt === undefined) return false;
    if (issuedAt > accessRevokedAt.getTime()) return false;
    return loginId === undefined || !(await this.signIns.isOpen(loginId));
  }
}
