import { passportJwtSecret } from 'jwks-rsa';
import type { StrategyOptionsWithRequest } from 'passport-jwt';
import type { AuthConfig } from '../../config/app-config.js';
import { bearerToken } from '../credentials.js';

const JWKS_TIMEOUT_MS = 5000;
const JWKS_REQUESTS_PER_MINUTE = 10;
/** How long a fetched key is used, and so how long a withdrawn one still works. */
const JWKS_CACHE_MS = 10 * 60_000;
/** How much longer keys are used while the issuer's key set can't be reached. */
const JWKS_OUTAGE_MS = 60 * 60_000;
const JWKS_CACHED_KEYS = 16;

/**
 * How access tokens are verified. The algorithms are pinned by where the key comes from, never taken from the token: with a list
 * that mixed both kinds, an issuer's public key could be used as an HS256 secret.
 * @param secret our own; unused with an external issuer
 */
export function jwtStrategyOptions(
  auth: Pick<AuthConfig, 'issuer'>,
  secret: string | undefined,
): StrategyOptionsWithRequest {
  const common = { jwtFromRequest: bearerToken, passReqToCallback: true, ignoreExpiration: false } as const;
  if (auth.issuer === undefined) {
    if (secret === undefined) throw new Error('Own access tokens need a secret.');
    return { ...common, secretOrKey: secret, algorithms: ['HS256'] };
  }
  return {
    ...common,
    algorithms: ['RS256', 'ES256'],
    issuer: auth.issuer.issuer,
    audience: auth.issuer.audience,
    secretOrKeyProvider: passportJwtSecret({
      jwksUri: auth.issuer.jwksUri,
      timeout: JWKS_TIMEOUT_MS,
      rateLimit: true,
      jwksRequestsPerMinute: JWKS_REQUESTS_PER_MINUTE,
      cache: true,
      cacheMaxEntries: JWKS_CACHED_KEYS,
      cacheMaxAge: JWKS_CACHE_MS,
      cacheMaxAgeFallback: JWKS_OUTAGE_MS,
    }),
  };
}
