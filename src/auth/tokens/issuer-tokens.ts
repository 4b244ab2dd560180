import { decodeProtectedHeader, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { IssuerConfig } from '../../config/app-config.js';
import { valueAt } from './claim-path.js';
import { IssuerKeys, KeySetOutageError } from './issuer-keys.js';
import { LOGOUT_EVENT, LOGOUT_TOKEN_TYPE, MAX_LOGOUT_TOKEN_AGE_S } from './logout-token.js';
import { TokenRefusedError } from './token-refused.error.js';
import { refusalOf } from './token-refusal-reasons.js';

/** Verifies the tokens of an external issuer. */
export class IssuerTokens {
  private readonly keys: IssuerKeys;

  /** @param locate tells where the key set is, see `IssuerKeys` */
  constructor(
    private readonly issuer: IssuerConfig,
    locate: () => Promise<string>,
  ) {
    this.keys = new IssuerKeys(locate);
  }

  /**
   * @returns what a good access token says
   * @throws TokenRefusedError for any other; KeySetOutageError when that cannot be told now
   */
  async verify(token: string): Promise<JWTPayload> {
    const { audience, audienceClaim } = this.issuer;
    const isUsual = audienceClaim === 'aud';
    const payload = await this.verified(token, {
      ...(isUsual ? { audience: [...audience] } : {}),
      requiredClaims: ['sub', 'exp'],
    });
    const named = isUsual ? undefined : valueAt(payload, audienceClaim);
    if (!isUsual && !namesOneOf(named, audience))
      throw new TokenRefusedError({ reason: 'aud', found: named, ...this.namedIn(token) });
    // It is signed with the same keys and may name the same audience: whoever sees one must not act by it.
    if (isLogoutToken(token, payload))
      throw new TokenRefusedError({ reason: 'logout_token', ...this.namedIn(token) });
    return payload;
  }

  /**
   * @returns what a good logout token says as far as signature, issuer, audience and times go
   * @throws TokenRefusedError for any other; KeySetOutageError when that cannot be told now
   */
  verifyLogout(token: string): Promise<JWTPayload> {
    const { clientId, deviceClientId, audience } = this.issuer;
    const clients = [clientId, deviceClientId].filter((id) => id !== undefined);
    return this.verified(token, {
      audience: [...clients, ...audience],
      maxTokenAge: MAX_LOGOUT_TOKEN_AGE_S,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
    });
  }

  private async verified(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    const { issuer, algorithms, clockToleranceSeconds } = this.issuer;
    try {
      const { payload } = await jwtVerify(token, (header) => this.keys.keyOf(header), {
        algorithms: [...algorithms],
        issuer,
        clockTolerance: clockToleranceSeconds,
        ...options,
      });
      return payload;
    } catch (error) {
      if (error instanceof KeySetOutageError) throw error;
      throw new TokenRefusedError({ ...refusalOf(error), ...this.namedIn(token) });
    }
  }

  /** Whose the token is, and what its header names of the signature, to find the fault by. */
  private namedIn(token: string): {
    readonly issuer: string;
    readonly alg?: unknown;
    readonly kid?: unknown;
  } {
    const issuer = this.issuer.id;
    try {
      const { alg, kid } = decodeProtectedHeader(token);
      return { issuer, alg, kid };
    } catch {
      // It has none: that the token is malformed has been said.
      return { issuer };
    }
  }
}

function namesOneOf(named: unknown, audience: readonly string[]): boolean {
  const names: readonly unknown[] = Array.isArray(named) ? named : [named];
  return names.some((name) => typeof name === 'string' && audience.includes(name));
}

function isLogoutToken(token: string, { events }: JWTPayload): boolean {
  const { typ } = decodeProtectedHeader(token);
  return (
    typ?.toLowerCase() === LOGOUT_TOKEN_TYPE || valueAt({ events }, `events.${LOGOUT_EVENT}`) !== undefined
  );
}
