import { Injectable } from '@nestjs/common';
import type { IssuerConfig } from '../../config/app-config.js';
import { ExternalNames } from '../directory/external-names.service.js';
import {
  UserDirectory,
  type DirectoryEntry,
  type ExternalIdentity,
} from '../directory/user-directory.port.js';
import { TenantMoves } from '../tenants/tenant-moves.service.js';
import type { Principal } from '../../contract/principal.js';
import type { TokenClaims } from './token-claims.js';

/** Finds the user behind a verified token: our own tokens name the user, those of an external issuer its own subject. */
@Injectable()
export class TokenPrincipals {
  constructor(
    private readonly directory: UserDirectory,
    private readonly names: ExternalNames,
    private readonly tenants: TenantMoves,
  ) {}

  /**
   * @param issuer absent for our own tokens
   * @param tenantId the tenant that the token names; absent: it says nothing of tenants
   * @returns `undefined` when the user is gone
   * @throws TokenRefusedError when a token that was issued later names another tenant
   */
  async find(
    claims: TokenClaims,
    accessToken: string,
    issuer?: IssuerConfig,
    tenantId?: string,
  ): Promise<Principal | undefined> {
    const { subject, email, roles, issuedAt, sessionId } = claims;
    const identity = issuer && { issuer: issuer.issuer, subject };
    const user =
      identity === undefined
        ? await this.directory.find(subject)
        : await this.external(identity, issuer?.id ?? '', issuedAt, tenantId);
    if (user === undefined) return undefined;
    const { userId, accountId } = user;
    return {
      userId,
      tenantId: user.tenantId,
      accountId,
      ...(identity === undefined ? {} : this.names.principalOf(identity)),
      ...(email === undefined ? {} : { email }),
      roles,
      accessToken,
      ...(issuedAt === undefined ? {} : { issuedAt }),
      ...(sessionId === undefined
        ? {}
        : { [identity === undefined ? 'loginId' : 'issuerSession']: sessionId }),
    };
  }
  private async external(
    identity: ExternalIdentity,
    issuer: string,
    issuedAt = 0,
    tenantId?: string,
  ): Promise<DirectoryEntry | undefined> {
    if (tenantId === undefined) return this.directory.ensureIdentity(identity, { issuedAt });
    const user = await this.directory.ensureIdentity(identity, { tenantId, issuedAt });
    return user && this.tenants.follow(user, { tenantId, issuedAt, issuer });
  }
}
