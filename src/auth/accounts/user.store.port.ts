import type { User } from './user.js';

/** Where accounts live. E-mails are passed normalised (`normaliseEmail`). */
export abstract class UserStore {
  /** @returns false, with nothing stored, when the e-mail is taken; of concurrent inserts of one e-mail exactly one wins */
  abstract insert(user: User): Promise<boolean>;
  abstract findByEmail(email: string): Promise<User | undefined>;
  abstract findById(id: string): Promise<User | undefined>;
  abstract setPasswordHash(id: string, passwordHash: string): Promise<void>;
}
