export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * What an API key may be used for. `chat`: to ask, follow, stop, give input, upload, and change what is the user's own; `read`: to read sessions, messages,
 * usage and balance; `admin`: what needs the role of an admin, as long as the key's owner has it.
 */
export const SCOPES = ['chat', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Of a new key that names none. */
export const DEFAULT_SCOPES: readonly Scope[] = ['chat', 'read'];

/** The connection on which a client waits for its answer. */
export interface ClientConnection {
  /** Whether it is closed by now. */
  isClosed(): boolean;
  /** Calls once when it closes. @returns ends that */
  onClosed(listener: () => void): () => void;
  /** `traceparent` and `tracestate` for whoever is asked on behalf of a request whose trace is not recorded. Of one that is the current span knows. */
  readonly unrecordedTrace?: Readonly<Record<string, string>>;
}

/** Who a request comes from, as the authentication guard leaves it on `request.user`. */
export interface Principal {
  /** An id of our own, whoever the issuer is. */
  readonly userId: string;
  readonly tenantId: string;
  /** The user's credit account. */
  readonly accountId: string;
  /** The external issuer whose user it is. Absent for accounts of our own. */
  readonly issuer?: string;
  /** What that issuer calls the user. Absent for accounts of our own. */
  readonly subject?: string;
  /** What administrators call the user of an external issuer, as in the access rules of chatflows. Absent for accounts of our own. */
  readonly externalName?: string;
  readonly email?: string;
  readonly roles: readonly string[];
  /** The caller's bearer token, forwarded to an external accounting service; never logged. Absent for API keys. */
  readonly accessToken?: string;
  /** The API key the request came with. Absent for access tokens. */
  readonly apiKeyId?: string;
  /** SHA-256 of the API key's secret that the request came with: after a rotation a key has two of them. Never shown. */
  readonly apiKeyHash?: string;
  /** What the API key may be used for. Absent for access tokens, which are not limited. */
  readonly scopes?: readonly Scope[];
  /** The chatflows that the API key is for. Absent: for all that its owner may use. */
  readonly chatflowIds?: readonly string[];
  /** How often the API key may be used in a minute. Absent: as often as its owner likes. */
  readonly requestsPerMinute?: number;
  /** Whether the API key has a cap of credits; what is left of it the account knows. */
  readonly hasCreditCap?: boolean;
  /** When the access token was issued, epoch milliseconds, as exactly as it says. Absent for API keys. */
  readonly issuedAt?: number;
  /** The login that the access token belongs to. Absent for API keys and external issuers. */
  readonly loginId?: string;
  /** The session at the external issuer that the access token belongs to (`sid`), if it says so. */
  readonly issuerSession?: string;
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

/** Whether what the caller came with is for this chatflow; whether they may use it is the chatflow's to say. */
export function isFor({ chatflowIds }: Principal, chatflowId: string): boolean {
  return chatflowIds?.includes(chatflowId) ?? true;
}
