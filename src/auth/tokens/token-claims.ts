/** OpenID Connect bounds `sub` to 255 characters; control characters have no business in an id that reaches logs and headers. */
const SUBJECT = /^[^\p{Cc}]{1,255}$/u;

/** What our own access tokens say, besides `iat`, `exp` and `jti`. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly email?: string;
  readonly roles: readonly string[];
  /** The login (refresh token family) that the token came from. */
  readonly sid: string;
}

/** What a verified token tells, whoever issued it. */
export interface TokenClaims {
  /** Our own user's id, or what an external issuer calls its user. */
  readonly subject: string;
  readonly email?: string;
  readonly roles: readonly string[];
  readonly loginId?: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Reads the claims of a token whose signature, expiry, issuer and audience have been verified. Issuers differ in how they write roles:
 * a list and a string separated by spaces are both taken.
 * @returns `undefined` for a token without a usable subject or without an expiry
 */
export function readClaims(payload: unknown): TokenClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { sub, exp, email, roles, sid } = payload as Record<string, unknown>;
  if (typeof sub !== 'string' || !SUBJECT.test(sub) || typeof exp !== 'number') return undefined;
  return {
    subject: sub,
    roles: readRoles(roles),
    ...(typeof email === 'string' ? { email } : {}),
    ...(typeof sid === 'string' ? { loginId: sid } : {}),
    expiresAt: exp * 1000,
  };
}

function readRoles(roles: unknown): readonly string[] {
  if (typeof roles === 'string') return roles.split(' ').filter((role) => role !== '');
  if (!Array.isArray(roles)) return [];
  return roles.filter((role): role is string => typeof role === 'string' && role !== '');
}
