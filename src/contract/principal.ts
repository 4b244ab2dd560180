export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The connection on which a client waits for its answer. */
export interface ClientConnection {
  /** Whether it is closed by now. */
  isClosed(): boolean;
  /** Calls once when it closes. @returns ends that */
  onClosed(listener: () => void): () => void;
}

/** Who a request comes from, as the authentication guard leaves it on `request.user`. */
export interface Principal {
  /** An id of our own, whoever the issuer is. */
  readonly userId: string;
  readonly tenantId: string;
  /** The user's credit account. */
  readonly accountId: string;
  /** What the external issuer calls the user. Absent for accounts of our own. */
  readonly subject?: string;
  readonly email?: string;
  readonly roles: readonly string[];
  /** The caller's bearer token, forwarded to an external accounting service; never logged. Absent for API keys. */
  readonly accessToken?: string;
  /** The API key the request came with. Absent for access tokens. */
  readonly apiKeyId?: string;
  /** When the access token was issued, epoch milliseconds, as exactly as it says. Absent for API keys. */
  readonly issuedAt?: number;
  /** The login that the access token belongs to. Absent for API keys and external issuers. */
  readonly loginId?: string;
  /** On which they wait for the answer; there while a request is answered. */
  readonly connection?: ClientConnection;
}

export function isAdminRole(role: string): boolean {
  return role === 'admin';
}

/** Admins may do everything that roles decide. */
export function isAdmin(principal: Principal): boolean {
  return principal.roles.some(isAdminRole);
}
