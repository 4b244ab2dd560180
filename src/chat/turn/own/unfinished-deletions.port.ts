import type { TurnRecord } from '../../records/turn.js';
import type { AbandonedTurn } from '../settle/abandoned-turns.service.js';

/** Deletions of sessions, which hold their session as a turn does and are recovered as turns are. */
export abstract class UnfinishedDeletions {
  /** Those that this instance has begun and could not finish, each once. */
  abstract takeUnfinished(): readonly AbandonedTurn[];
  /** Finishes a deletion, by whomever it was begun. Idempotent. */
  abstract carryOut(deletion: TurnRecord): Promise<void>;
  /**
   * Has upstreams forget what they may have heard in a session, as long as a turn that is undone occupies it: before it was deleted, and all if nothing
   * was stored in it since. Idempotent.
   */
  abstract forgetMemories(turn: TurnRecord, deletedAt: Date): Promise<void>;
}
