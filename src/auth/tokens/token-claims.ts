import { isAdminRole } from '../../contract/principal.js';
import { valueAt } from './claim-path.js';

/** OpenID Connect bounds `sub` to 255 characters; control characters have no business in an id that reaches logs and headers. */
const SUBJECT = /^[^\p{Cc}]{1,255}$/u;

/** What our own access tokens say, besides `iat`, `exp` and `jti`. */
export interface AccessTokenClaims {
  readonly sub: string;
  readonly email?: string;
  readonly roles: readonly string[];
  /** The login (refresh token family) that the token came from. */
  readonly sid?: string;
}

/** What a verified token tells, whoever issued it. */
export interface TokenClaims {
  /** Our own user's id, or what an external issuer calls its user. */
  readonly subject: string;
  readonly email?: string;
  readonly roles: readonly string[];
  /** The login or session that the token came from. */
  readonly sessionId?: string;
  /** Epoch milliseconds. */
  readonly issuedAt?: number;
  readonly expiresAt: number;
}

/** Where a token names roles and groups, and what they mean. */
export interface ClaimPaths {
  readonly rolesClaims: readonly string[];
  readonly groupsClaims: readonly string[];
  /** Roles of ours by the name of a role or a group there. */
  readonly roleMap?: Readonly<Record<string, readonly string[]>>;
}

const OWN_PATHS: ClaimPaths = { rolesClaims: ['roles'], groupsClaims: [] };

/**
 * Reads the claims of a token whose signature, expiry, issuer and audience have been verified. Issuers differ in how they write roles:
 * a list and a string separated by spaces are both taken. Groups count as roles, except that anybody might name one after the role of an admin.
 * What the map says of a role or a group is added; where there is a map, only it makes admins.
 * @param paths of the issuer; unless given, of our own tokens
 * @returns `undefined` for a token without a usable subject or without an expiry
 */
export function readClaims(payload: unknown, paths = OWN_PATHS): TokenClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { sub, exp, iat, email, sid } = payload as Record<string, unknown>;
  if (typeof sub !== 'string' || !SUBJECT.test(sub) || typeof exp !== 'number') return undefined;
  return {
    subject: sub,
    roles: readRoles(payload, paths),
    ...(typeof email === 'string' ? { email } : {}),
    ...(typeof sid === 'string' && sid !== '' ? { sessionId: sid } : {}),
    ...(typeof iat === 'number' ? { issuedAt: iat * 1000 } : {}),
    expiresAt: exp * 1000,
  };
}

function readRoles(payload: object, { rolesClaims, groupsClaims, roleMap }: ClaimPaths): readonly string[] {
  const roles = rolesClaims.flatMap((path) => namesAt(payload, path));
  const groups = groupsClaims.flatMap((path) => namesAt(payload, path));
  const isNoAdmin = (name: string) => !isAdminRole(name);
  if (roleMap === undefined) return [...new Set([...roles, ...groups.filter(isNoAdmin)])];
  const named = [...roles, ...groups];
  const mapped = named.flatMap((name) => (Object.hasOwn(roleMap, name) ? (roleMap[name] ?? []) : []));
  return [...new Set([...named.filter(isNoAdmin), ...mapped])];
}

function namesAt(payload: object, path: string): readonly string[] {
  const names = valueAt(payload, path);
  if (typeof names === 'string') return names.split(' ').filter((name) => name !== '');
  if (!Array.isArray(names)) return [];
  return names.filter((name): name is string => typeof name === 'string' && name !== '');
}
