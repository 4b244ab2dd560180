import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { UserDirectory } from '../directory/user-directory.port.js';
import type { Principal } from '../../contract/principal.js';
import type { TokenClaims } from './token-claims.js';

/** Finds the user behind a verified token: our own tokens name the user, those of an external issuer its own subject. */
@Injectable()
export class TokenPrincipals {
  constructor(
    private readonly directory: UserDirectory,
    private readonly config: AppConfig,
  ) {}

  /** @returns `undefined` when the user is gone */
  async find(claims: TokenClaims, accessToken: string): Promise<Principal | undefined> {
    const { subject, email, roles, issuedAt, loginId } = claims;
    const isExternal = this.config.auth.issuer !== undefined;
    const user = isExternal
      ? await this.directory.ensureSubject(subject)
      : await this.directory.find(subject);
    if (user === undefined) return undefined;
    const { userId, tenantId, accountId } = user;
    return {
      userId,
      tenantId,
      accountId,
      ...(isExternal ? { subject } : {}),
      ...(email === undefined ? {} : { email }),
      roles,
      accessToken,
      ...(issuedAt === undefined ? {} : { issuedAt }),
      // What an issuer calls its sessions is none of ours.
      ...(loginId === undefined || isExternal ? {} : { loginId }),
    };
  }
}
