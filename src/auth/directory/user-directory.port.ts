import type { Role } from '../../contract/principal.js';

/** Who a user is. What the records go by never changes for as long as the user exists; what the user may does. */
export interface DirectoryEntry {
  readonly userId: string;
  readonly tenantId: string;
  /** Epoch milliseconds: when the token was issued that told it last, as far as that is known here. */
  readonly tenantSince?: number;
  /** The user's credit account. */
  readonly accountId: string;
  /** Of external users the issuer's tokens tell the roles. */
  readonly roles: readonly Role[];
  readonly isDisabled: boolean;
  /** Tokens that were made before are refused. */
  readonly signedOutAt?: Date;
  /** What was begun with a token from before had to end. */
  readonly accessRevokedAt?: Date;
}

/** Somebody at an external issuer: a subject is only unique within its issuer. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** What the token says that somebody comes with. */
export interface FirstToken {
  /** Epoch milliseconds; 0: it does not say. */
  readonly issuedAt: number;
  /** Absent: it says nothing of tenants. */
  readonly tenantId?: string;
}

/**
 * Who users are, besides the id of our own that their records carry: their credit account, and what an external issuer calls them.
 * Look-ups are cached: a change counts at once on the instance that makes it, within a second on the others, without the bus within `MAX_AUTHORITY_STALENESS_MS`.
 *
 * All methods reject when the database can't be reached.
 */
export abstract class UserDirectory {
  /** To be called after a user has changed in the store. */
  abstract changed(userId: string): void;
  /** To be called after a user was removed from the store, and with what the issuer called them if it was one of its own. */
  abstract removed(userId: string, identity?: ExternalIdentity): void;
  /** @returns `undefined` when there is no such user */
  abstract find(userId: string): Promise<DirectoryEntry | undefined>;
  /** The user's credit account; `undefined` when there is no such user. */
  abstract accountOf(userId: string): Promise<string | undefined>;
  /** Which external issuer's user it is; `undefined` for accounts of our own. */
  abstract identityOf(userId: string): Promise<ExternalIdentity | undefined>;
  /** @returns the user whom the external issuer calls so; `undefined` when none came yet */
  abstract findByIdentity(identity: ExternalIdentity): Promise<DirectoryEntry | undefined>;
  /**
   * The same, and made at first sight. Idempotent: of any number of callers, here and on other instances, all get one user.
   * @param token absent: somebody else speaks of them. Of one who is made it tells the tenant; without it that is the default one, until a token tells another
   * @returns `undefined` when the user was removed just now, or the last one of this identity was erased since the token was issued
   */
  abstract ensureIdentity(
    identity: ExternalIdentity,
    token?: FirstToken,
  ): Promise<DirectoryEntry | undefined>;
}
