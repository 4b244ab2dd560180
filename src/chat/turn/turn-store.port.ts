import type { PlannedWrite } from '../../platform/planned-write.js';
import type { StoredAnswer } from './stored-answer.js';
import type { Lease, Settlement, TurnOpening, TurnRecord } from './turn.js';

export type OpenResult =
  /** `held`: the hold that was given has been made along with it; if not, it is still to be made. */
  | { readonly kind: 'opened'; readonly held: boolean }
  /** The idempotency key made this turn before. */
  | { readonly kind: 'duplicate'; readonly turn: TurnRecord }
  /** Another turn of the session is running. */
  | { readonly kind: 'busy'; readonly turn: TurnRecord };

/** Younger turns have no checkpoints: most turns are over by then. */
export const FIRST_CHECKPOINT_AFTER_MS = 1000;

/** A piece of an answer, saved while its turn runs. `sequence` counts from 0 within the turn. */
export interface Checkpoint {
  readonly turnId: string;
  readonly sequence: number;
  readonly part: StoredAnswer;
}

/** The durable record of turns. Every write is durable when its promise resolves. */
export abstract class TurnStore {
  /**
   * Opens the turn, atomically against the same key and against another running turn of the session.
   * @param hold the turn's hold, made behind the opening where the database can do both at once
   */
  abstract open(opening: TurnOpening, lease: Lease, hold?: PlannedWrite): Promise<OpenResult>;
  /** Forgets a turn that never ran (its hold was refused), so that its key and session are free again. */
  abstract discard(turnId: string): Promise<void>;
  /** Makes a key older than its lifetime free again. */
  abstract releaseKey(turnId: string): Promise<void>;

  abstract find(turnId: string): Promise<TurnRecord | undefined>;
  abstract findByKey(userId: string, idempotencyKey: string): Promise<TurnRecord | undefined>;
  /** Ids of the running turns of these sessions, by session id. */
  abstract findRunning(userId: string, sessionIds: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /** Appends what turns have said since their last checkpoints, in one write. The same checkpoint twice has no effect. */
  abstract appendCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void>;
  /** All checkpoints in order, from `sequence` on. */
  abstract checkpoints(turnId: string, fromSequence?: number): Promise<readonly StoredAnswer[]>;

  abstract renewLeases(owner: string, turnIds: readonly string[], expiresAt: Date): Promise<void>;
  /**
   * Takes over one running turn of another owner whose lease ended before `expiredBefore`, raising its fence.
   * @returns undefined when there is none
   */
  abstract takeOver(owner: string, expiredBefore: Date, expiresAt: Date): Promise<TurnRecord | undefined>;

  /** Ids of the running turns that this owner has taken over, for when the answer to `takeOver` was lost. */
  abstract findTakenOver(owner: string): Promise<readonly string[]>;

  /**
   * Settles the turn at once: the decision, then the given writes, then the end, in this order and each only if all before it were made.
   * @returns whether all were made. `false`: any number of them may have been, or the database can't; go on step by step, from the decision
   */
  abstract settle(
    turn: TurnRecord,
    settlement: Settlement,
    writes: readonly PlannedWrite[],
    charged: number,
  ): Promise<boolean>;
  /** Writes the decision. @returns false when the fence is no longer the caller's */
  abstract decide(turnId: string, fence: number, settlement: Settlement): Promise<boolean>;
  /** The last step: the turn has ended, with its charge. Drops checkpoints and the copy of the answer. @returns false when the fence is no longer the caller's */
  abstract finish(turn: TurnRecord, settlement: Settlement, charged: number): Promise<boolean>;
}
