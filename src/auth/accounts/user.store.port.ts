import type { OwnUser, User } from './user.js';

/** Where users live. E-mails are passed normalised (`normaliseEmail`). */
export abstract class UserStore {
  /** @returns false, with nothing stored, when the e-mail is taken; of concurrent inserts of one e-mail exactly one wins */
  abstract insert(user: OwnUser): Promise<boolean>;
  /** Stores a user who signs in elsewhere, unless one with this id is there; then that one stays as it is. */
  abstract ensure(user: User): Promise<void>;
  abstract findByEmail(email: string): Promise<OwnUser | undefined>;
  abstract findById(id: string): Promise<User | undefined>;
  abstract setPasswordHash(id: string, passwordHash: string): Promise<void>;
}
