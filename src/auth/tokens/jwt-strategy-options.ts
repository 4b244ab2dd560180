import type { SecretOrKeyProvider, StrategyOptionsWithRequest } from 'passport-jwt';
import type { AuthConfig } from '../../config/app-config.js';
import { bearerToken } from '../credentials.js';
import { IssuerKeys } from './issuer-keys.js';

type Algorithms = NonNullable<StrategyOptionsWithRequest['algorithms']>;

const OWN_ALGORITHMS: Algorithms = ['HS256'];
const ISSUER_ALGORITHMS: Algorithms = ['RS256', 'ES256'];

/**
 * How access tokens are verified. The algorithms are pinned by where the key comes from, never taken from the token: with a list
 * that mixed both kinds, an issuer's public key could be used as an HS256 secret.
 * @param secret our own; unused with an external issuer
 */
export function jwtStrategyOptions(
  { issuer }: Pick<AuthConfig, 'issuer'>,
  secret: string | undefined,
): StrategyOptionsWithRequest {
  const common = { jwtFromRequest: bearerToken, passReqToCallback: true, ignoreExpiration: false } as const;
  if (issuer === undefined) {
    if (secret === undefined) throw new Error('Own access tokens need a secret.');
    return { ...common, secretOrKey: secret, algorithms: OWN_ALGORITHMS };
  }
  return {
    ...common,
    algorithms: ISSUER_ALGORITHMS,
    issuer: issuer.issuer,
    audience: issuer.audience,
    secretOrKeyProvider: keyProvider(new IssuerKeys(issuer.jwksUri, ISSUER_ALGORITHMS)),
  };
}

function keyProvider(keys: IssuerKeys): SecretOrKeyProvider {
  return (_request, token: string, done) => {
    keys.keyOf(token).then(
      // jsonwebtoken takes key objects; the types of passport-jwt are older than that.
      (key) => done(null, key as unknown as Buffer),
      (error: unknown) => done(error),
    );
  };
}
