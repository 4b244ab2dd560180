import type { Request } from 'express';
import { decodeJwt } from 'jose';
import passport from 'passport';
import { bearerToken } from '../credentials.js';
import { TokenRefusedError, type TokenRefusal } from './token-refused.error.js';

/** Refuses tokens that no issuer of ours can have made. */
export class RefusingStrategy extends passport.Strategy {
  override authenticate(request: Request): void {
    this.fail(new TokenRefusedError(refusalOf(bearerToken(request) ?? '')));
  }
}

function refusalOf(token: string): TokenRefusal {
  try {
    return { reason: 'iss', found: decodeJwt(token).iss };
  } catch {
    return { reason: 'malformed' };
  }
}
