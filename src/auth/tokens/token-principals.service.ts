import { Injectable } from '@nestjs/common';
import type { IssuerConfig } from '../../config/app-config.js';
import { ExternalNames } from '../directory/external-names.service.js';
import { UserDirectory } from '../directory/user-directory.port.js';
import type { Principal } from '../../contract/principal.js';
import type { TokenClaims } from './token-claims.js';

/** Finds the user behind a verified token: our own tokens name the user, those of an external issuer its own subject. */
@Injectable()
export class TokenPrincipals {
  constructor(
    private readonly directory: UserDirectory,
    private readonly names: ExternalNames,
  ) {}

  /**
   * @param issuer absent for our own tokens
   * @returns `undefined` when the user is gone
   */
  async find(
    claims: TokenClaims,
    accessToken: string,
    issuer?: IssuerConfig,
  ): Promise<Principal | undefined> {
    const { subject, email, roles, issuedAt, sessionId } = claims;
    const identity = issuer && { issuer: issuer.issuer, subject };
    const user =
      identity === undefined
        ? await this.directory.find(subject)
        : await this.directory.ensureIdentity(identity);
    if (user === undefined) return undefined;
    const { userId, tenantId, accountId } = user;
    return {
      userId,
      tenantId,
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
}
