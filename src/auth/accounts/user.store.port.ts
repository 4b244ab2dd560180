import type { Role } from '../../contract/principal.js';
import type { AdminClaim, OwnUser, PendingReset, User } from './user.js';

/** Which users a list holds; every condition counts. */
export interface UserFilter {
  /** How the e-mail begins, normalised. */
  readonly emailPrefix?: string;
  readonly role?: Role;
  readonly isDisabled?: boolean;
  readonly tenantId?: string;
}

/** What is to be changed of a user; what is absent stays. */
export interface UserChange {
  readonly roles?: readonly Role[];
  /** `null` enables. */
  readonly disabledAt?: Date | null;
  readonly signedOutAt?: Date;
  readonly accessRevokedAt?: Date;
}

/** Where users live. E-mails are passed normalised (`normaliseEmail`). */
export abstract class UserStore {
  /** @returns false, with nothing stored, when the e-mail is taken; of concurrent inserts of one e-mail exactly one wins */
  abstract insert(user: OwnUser): Promise<boolean>;
  /** Stores a user who signs in elsewhere, unless one with this id is there; then that one stays as it is. */
  abstract ensure(user: User): Promise<void>;
  abstract findByEmail(email: string): Promise<OwnUser | undefined>;
  abstract findById(id: string): Promise<User | undefined>;
  /** Newest first. @param after an id: only those made before it */
  abstract list(filter: UserFilter, after: string | undefined, limit: number): Promise<readonly User[]>;
  /**
   * @param claimId the change is made only while this claim is on the user, and takes it off
   * @returns what is stored now; `undefined` when there is no such user, or no such claim on it
   */
  abstract change(id: string, change: UserChange, claimId?: string): Promise<User | undefined>;
  /**
   * Gives a user another tenant, unless a token told one that was issued then or later.
   * @param since when the token was issued that tells it
   * @returns whether it did
   */
  abstract moveTo(id: string, tenantId: string, since: Date): Promise<boolean>;
  /** Takes note that a token that was issued then told the tenant that the user has; without effect when it is another by now, or a later token told it. */
  abstract affirmTenant(id: string, tenantId: string, since: Date): Promise<void>;
  /** Without effect when there is none. What goes by its id, and its account, stays. */
  abstract remove(id: string): Promise<void>;
  /** Whether somebody else than this user has the role of an admin, is not disabled and not claimed. */
  abstract hasOtherAdmin(id: string): Promise<boolean>;
  /** @returns false when there is a claim on the user already */
  abstract claimAdmin(id: string, claim: AdminClaim): Promise<boolean>;
  abstract unclaimAdmin(id: string, claimId: string): Promise<void>;
  /** Takes older claims away, of this user and of all admins. */
  abstract dropAdminClaims(id: string, before: Date): Promise<void>;
  /** A reset that was allowed is not any more. */
  abstract setPasswordHash(id: string, passwordHash: string): Promise<void>;
  /** The same as long as the hash is still this one: of changes at once, and a reset among them, exactly one is made. @returns whether it was */
  abstract replacePasswordHash(id: string, knownHash: string, passwordHash: string): Promise<boolean>;
  /** Instead of one that was allowed before. */
  abstract setPasswordReset(id: string, reset: PendingReset): Promise<void>;
  /** Sets the password if this reset is still allowed, which it is not any more then; of many at once exactly one does. @returns whether it did */
  abstract resetPassword(id: string, resetHash: string, passwordHash: string): Promise<boolean>;
}
