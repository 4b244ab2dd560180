import type { JWTPayload } from 'jose';
import { valueAt } from '../tokens/claim-path.js';
import { LOGOUT_EVENT } from '../tokens/logout-token.js';

/** OpenID Connect bounds `sub`; the others of its kind need no more either. */
const MAX_NAME_CHARACTERS = 255;

/** What a logout token says (OpenID Connect Back-Channel Logout 1.0, section 2.4). */
export interface LogoutClaims {
  /** Of whom. Absent: the session says it. */
  readonly subject?: string;
  /** Which session. Absent: all of them. */
  readonly session?: string;
  readonly tokenId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/**
 * Reads a logout token whose signature, issuer, audience and times have been verified.
 * @returns what it says, or a word for what is wrong with it
 */
export function readLogoutClaims({
  sub,
  sid,
  jti,
  iat,
  exp,
  events,
  nonce,
}: JWTPayload): LogoutClaims | string {
  const event = valueAt({ events }, `events.${LOGOUT_EVENT}`);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'events';
  // An ID token has one: it must not be taken for the wish to sign out.
  if (nonce !== undefined) return 'nonce';
  if (!isName(jti)) return 'jti';
  if (sub === undefined && sid === undefined) return 'sub';
  if (sub !== undefined && !isName(sub)) return 'sub';
  if (sid !== undefined && !isName(sid)) return 'sid';
  return {
    ...(sub === undefined ? {} : { subject: sub }),
    ...(sid === undefined ? {} : { session: sid }),
    tokenId: jti,
    issuedAt: new Date(Number(iat) * 1000),
    expiresAt: new Date(Number(exp) * 1000),
  };
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARACTERS && !/\p{Cc}/u.test(value)
  );
}
