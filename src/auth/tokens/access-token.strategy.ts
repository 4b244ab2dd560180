import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { decodeJwt } from 'jose';
import passport from 'passport';
import { AppConfig, type IssuerConfig } from '../../config/app-config.js';
import type { Principal } from '../../contract/principal.js';
import { newId } from '../../platform/ids.js';
import { Issuers } from '../issuers/issuers.service.js';
import { IssuerStrategy } from './issuer.strategy.js';
import { JwtSecret } from './jwt-secret.js';
import { ownStrategy } from './own.strategy.js';
import { readTenant } from './tenant-claim.js';
import { readClaims } from './token-claims.js';
import { TokenPrincipals } from './token-principals.service.js';
import { RefusingStrategy } from './refusing.strategy.js';
import { VerifiedTokens } from './verified-tokens.service.js';

/**
 * The passport strategies that verify access tokens, our own and those of external issuers, and remember the good ones. A token is checked by the
 * issuer that it names and by nothing else; our own name none.
 */
@Injectable()
export class AccessTokenStrategy implements OnModuleDestroy {
  /**
   * Passport keeps strategies by name for the whole process: under a fixed name two applications in one process (as in tests) would check each
   * other's tokens.
   */
  private readonly prefix = `access-token:${newId()}`;
  /** By what tokens say as `iss`. */
  private readonly names = new Map<string | undefined, string>();
  private readonly refusing: string;

  constructor(
    config: AppConfig,
    issuers: Issuers,
    secret: JwtSecret,
    private readonly verified: VerifiedTokens,
    private readonly principals: TokenPrincipals,
  ) {
    this.refusing = this.register('none', new RefusingStrategy());
    if (config.auth.ownAccounts) {
      const own = ownStrategy(secret, (payload, token) => this.principalOf(payload, token));
      this.names.set(undefined, this.register('own', own));
    }
    for (const { config: issuer, tokens } of issuers.all) {
      const strategy = new IssuerStrategy(tokens, (payload, token) =>
        this.principalOf(payload, token, issuer),
      );
      this.names.set(issuer.issuer, this.register(`issuer:${issuer.id}`, strategy));
    }
  }

  /** The strategy that checks this token. What is no token of any issuer of ours is refused by one, too. */
  nameFor(token: string): string {
    return this.names.get(issuerNamedIn(token)) ?? this.refusing;
  }

  onModuleDestroy(): void {
    for (const name of [...this.names.values(), this.refusing]) passport.unuse(name);
  }

  private register(name: string, strategy: passport.Strategy): string {
    const full = `${this.prefix}:${name}`;
    passport.use(full, strategy);
    return full;
  }

  /**
   * @returns `undefined` when what a verified token says is not enough, or its user is gone
   * @throws TokenRefusedError for the tenant that it names, or does not
   */
  private async principalOf(
    payload: unknown,
    token: string,
    issuer?: IssuerConfig,
  ): Promise<Principal | undefined> {
    const claims = readClaims(payload, issuer);
    if (claims === undefined) return undefined;
    const tenantId = issuer && readTenant(payload, issuer);
    const principal = await this.principals.find(claims, token, issuer, tenantId);
    if (principal === undefined) return undefined;
    const expiresAt = claims.expiresAt + (issuer?.clockToleranceSeconds ?? 0) * 1000;
    this.verified.remember(token, { principal, expiresAt });
    return principal;
  }
}

/** Nothing is believed by it: it only says who is to check the token. @returns `undefined` for a token that names none */
function issuerNamedIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    // No token at all: whoever checks our own says so.
    return undefined;
  }
}
