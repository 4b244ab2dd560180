import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import { AppConfig } from '../../config/app-config.js';
import { newId } from '../../platform/ids.js';
import { bearerToken } from '../credentials.js';
import type { Principal } from '../../contract/principal.js';
import { JwtSecret } from './jwt-secret.js';
import { jwtStrategyOptions } from './jwt-strategy-options.js';
import { readClaims } from './token-claims.js';
import { TokenPrincipals } from './token-principals.service.js';
import { VerifiedTokens } from './verified-tokens.service.js';

/** Verifies access tokens, our own or an external issuer's, and remembers the good ones. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) implements OnModuleDestroy {
  constructor(
    config: AppConfig,
    secret: JwtSecret,
    private readonly verified: VerifiedTokens,
    private readonly principals: TokenPrincipals,
  ) {
    super(jwtStrategyOptions(config.auth, secret.value));
    // Passport keeps strategies by name for the whole process: under a fixed name two applications in one process (as in
    // tests) would check each other's tokens.
    passport.unuse(this.name);
    this.name = `jwt:${newId()}`;
    passport.use(this.name, this);
  }

  onModuleDestroy(): void {
    passport.unuse(this.name);
  }

  /** Called with the payload of a token that has passed; `false` refuses it all the same. */
  async validate(request: Request, payload: unknown): Promise<Principal | false> {
    const token = bearerToken(request) ?? '';
    const claims = readClaims(payload);
    const principal = claims && (await this.principals.find(claims, token));
    if (claims === undefined || principal === undefined) return false;
    this.verified.remember(token, { principal, expiresAt: claims.expiresAt });
    return principal;
  }
}
