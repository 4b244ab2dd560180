/** That an external issuer's subject is a user of ours. Written once, never changed. */
export interface UserIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly userId: string;
  readonly createdAt: Date;
}

/** Where the subjects of external issuers are mapped to users of our own. */
export abstract class UserIdentityStore {
  abstract find(issuer: string, subject: string): Promise<UserIdentity | undefined>;
  abstract findByUser(userId: string): Promise<UserIdentity | undefined>;
  /** Stores it unless this subject of this issuer is mapped already. @returns what is stored now: of concurrent callers all get the same */
  abstract ensure(identity: UserIdentity): Promise<UserIdentity>;
}
