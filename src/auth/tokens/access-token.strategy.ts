import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import passport from 'passport';
import { AppConfig } from '../../config/app-config.js';
import type { Principal } from '../../contract/principal.js';
import { newId } from '../../platform/ids.js';
import { IssuerStrategy } from './issuer.strategy.js';
import { IssuerTokens } from './issuer-tokens.js';
import { JwtSecret } from './jwt-secret.js';
import { ownStrategy } from './own.strategy.js';
import { claimPathsOf, readClaims } from './token-claims.js';
import { TokenPrincipals } from './token-principals.service.js';
import { VerifiedTokens } from './verified-tokens.service.js';

/** The passport strategy that verifies access tokens, our own or an external issuer's, and remembers the good ones. */
@Injectable()
export class AccessTokenStrategy implements OnModuleDestroy {
  /**
   * Passport keeps strategies by name for the whole process: under a fixed name two applications in one process (as in tests) would check each
   * other's tokens.
   */
  readonly name = `access-token:${newId()}`;

  constructor(
    private readonly config: AppConfig,
    secret: JwtSecret,
    private readonly verified: VerifiedTokens,
    private readonly principals: TokenPrincipals,
  ) {
    const { issuer } = config.auth;
    const principalOf = (payload: unknown, token: string) => this.principalOf(payload, token);
    passport.use(
      this.name,
      issuer === undefined
        ? ownStrategy(secret, principalOf)
        : new IssuerStrategy(new IssuerTokens(issuer), principalOf),
    );
  }

  onModuleDestroy(): void {
    passport.unuse(this.name);
  }

  /** @returns `undefined` when what a verified token says is not enough, or its user is gone */
  private async principalOf(payload: unknown, token: string): Promise<Principal | undefined> {
    const { issuer } = this.config.auth;
    const claims = readClaims(payload, claimPathsOf(issuer));
    const principal = claims && (await this.principals.find(claims, token));
    if (claims === undefined || principal === undefined) return undefined;
    const expiresAt = claims.expiresAt + (issuer?.clockToleranceSeconds ?? 0) * 1000;
    this.verified.remember(token, { principal, expiresAt });
    return principal;
  }
}
