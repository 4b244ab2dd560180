import { decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose';
import type { IssuerConfig } from '../../config/app-config.js';
import { IssuerKeys, KeySetOutageError } from './issuer-keys.js';
import { TokenRefusedError } from './token-refused.error.js';
import { refusalOf } from './token-refusal-reasons.js';

/**
 * Those that can only be verified, never made, with what an issuer publishes: with `none` or HS256 in the list, nothing or the public key
 * would do as the secret.
 */
export const ISSUER_ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  'EdDSA',
];

/** Verifies the tokens of an external issuer. */
export class IssuerTokens {
  private readonly keys: IssuerKeys;

  constructor(private readonly issuer: IssuerConfig) {
    this.keys = new IssuerKeys(issuer.jwksUri);
  }

  /**
   * @returns what a good token says
   * @throws TokenRefusedError for any other; KeySetOutageError when that cannot be told now
   */
  async verify(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keys.keyOf(header), {
        algorithms: [...ISSUER_ALGORITHMS],
        issuer: this.issuer.issuer,
        audience: this.issuer.audience,
        clockTolerance: this.issuer.clockToleranceSeconds,
        requiredClaims: ['sub', 'exp'],
      });
      return payload;
    } catch (error) {
      if (error instanceof KeySetOutageError) throw error;
      throw new TokenRefusedError({ ...refusalOf(error), ...namedIn(token) });
    }
  }
}

/** What the header names of the signature, to find the fault by. */
function namedIn(token: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { alg, kid };
  } catch {
    // It has none: that the token is malformed has been said.
    return {};
  }
}
