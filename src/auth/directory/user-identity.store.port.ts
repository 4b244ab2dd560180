/** That an external issuer's subject is a user of ours. Written once, never changed. */
export interface UserIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly userId: string;
  readonly createdAt: Date;
}

/** Where the subjects of external issuers are mapped to users of our own. */
export abstract class UserIdentityStore {
  /** Unmaps a user: whoever comes with the subject again is somebody else. @returns what was mapped */
  abstract removeOf(userId: string): Promise<UserIdentity | undefined>;
  abstract find(issuer: string, subject: string): Promise<UserIdentity | undefined>;
  abstract findByUser(userId: string): Promise<UserIdentity | undefined>;
  /** Stores it unless this subject of this issuer is mapped already. @returns what is stored now: of concurrent callers all get the same */
  abstract ensure(identity: UserIdentity): Promise<UserIdentity>;
}
