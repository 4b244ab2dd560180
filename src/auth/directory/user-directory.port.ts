/** What the records of a user go by. It never changes for as long as the user exists. */
export interface DirectoryEntry {
  readonly userId: string;
  readonly tenantId: string;
  /** The user's credit account. */
  readonly accountId: string;
}

/**
 * Who users are, besides the id of our own that their records carry: their credit account, and their subject at the external issuer.
 * Look-ups are cached, because what they find never changes.
 *
 * All methods reject when the database can't be reached.
 */
export abstract class UserDirectory {
  /** @returns `undefined` when there is no such user */
  abstract find(userId: string): Promise<DirectoryEntry | undefined>;
  /** The user's credit account; `undefined` when there is no such user. */
  abstract accountOf(userId: string): Promise<string | undefined>;
  /** What an external issuer calls the user; `undefined` for accounts of our own. */
  abstract subjectOf(userId: string): Promise<string | undefined>;
  /** @returns the user whom the external issuer calls so; `undefined` when none came yet, or without an external issuer */
  abstract findBySubject(subject: string): Promise<DirectoryEntry | undefined>;
  /**
   * The same, and made at first sight. Idempotent: of any number of callers, here and on other instances, all get one user.
   * @returns `undefined` without an external issuer
   */
  abstract ensureSubject(subject: string): Promise<DirectoryEntry | undefined>;
}
