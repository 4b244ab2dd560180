import type { UserErasure } from './user-erasure.js';

/** What a pass has come to. */
export type ErasureProgress = Pick<
  UserErasure,
  'phase' | 'erased' | 'notReached' | 'shutOutAt' | 'finishedAt' | 'dueAt' | 'expiresAt'
>;

/** Erasures of users, one of each. Every write is durable when its promise resolves. */
export abstract class UserErasureStore {
  /** Stores it unless there is one of this user; that one stays as it is. */
  abstract begin(erasure: UserErasure): Promise<void>;
  abstract find(userId: string): Promise<UserErasure | undefined>;
  /** Takes the erasure of a user that is not done, due or not. Nobody else takes it before `until`. @returns undefined when there is none, or somebody is at it */
  abstract take(userId: string, owner: string, now: Date, until: Date): Promise<UserErasure | undefined>;
  /** Takes one that is due by `now`, whoever's. */
  abstract takeDue(owner: string, now: Date, until: Date): Promise<UserErasure | undefined>;
  /** Takes one that somebody is at: of a process that is known to be gone. */
  abstract takeOver(owner: string, until: Date): Promise<UserErasure | undefined>;
  /** @returns false when somebody else has taken it meanwhile */
  abstract save(userId: string, owner: string, progress: ErasureProgress): Promise<boolean>;
  /** Forgets one that must not be carried out after all. */
  abstract discard(userId: string): Promise<void>;
}
