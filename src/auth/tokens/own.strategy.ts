import type { Request } from 'express';
import { Strategy, type VerifiedCallback } from 'passport-jwt';
import type { Principal } from '../../contract/principal.js';
import { bearerToken } from '../credentials.js';
import type { JwtSecret } from './jwt-secret.js';

/**
 * Lets those in who have a token of our own.
 * @param principalOf whom the claims of a verified token stand for
 */
export function ownStrategy(
  secret: JwtSecret,
  principalOf: (payload: unknown, token: string) => Promise<Principal | undefined>,
): Strategy {
  const verified = (request: Request, payload: unknown, done: VerifiedCallback): void => {
    principalOf(payload, bearerToken(request) ?? '').then(
      (principal) => done(null, principal ?? false),
      (error: unknown) => done(error, false),
    );
  };
  return new Strategy(
    {
      jwtFromRequest: bearerToken,
      passReqToCallback: true,
      ignoreExpiration: false,
      secretOrKeyProvider: (_request: Request, token: string, done) => {
        done(null, secret.keyOf(token));
      },
      // Pinned by where the key comes from, never taken from the token.
      algorithms: ['HS256'],
    },
    verified,
  );
}
