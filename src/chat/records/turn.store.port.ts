import type { BranchPath } from './branch-path.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import type { StoredAnswer } from './stored-answer.js';
import type { Lease, Settlement, StopRequest, TurnOpening, TurnRecord } from './turn.js';

export type OpenResult =
  /** Which of the writes that were given have been made along with it; the others are still to be made. */
  | { readonly kind: 'opened'; readonly held: boolean; readonly remembered: boolean }
  /** The idempotency key made this turn before. */
  | { readonly kind: 'duplicate'; readonly turn: TurnRecord }
  /** Another turn of the session is running, or the session is being deleted. */
  | { readonly kind: 'busy'; readonly turn: TurnRecord };

/** What is written along with an opening, in one command where the database can. */
export interface OpeningWrites {
  /** The memory that the turn's upstream keeps for it. */
  readonly conversation?: PlannedWrite;
  readonly hold?: PlannedWrite;
}

export type DeletionLock =
  | { readonly kind: 'locked'; readonly lock: TurnRecord }
  /** A turn runs in the session, or it is being deleted already. */
  | { readonly kind: 'busy'; readonly turn: TurnRecord };

/** Younger turns have no checkpoints: most turns are over by then. */
export const FIRST_CHECKPOINT_AFTER_MS = 1000;

/** A piece of an answer, saved while its turn runs. `sequence` counts from 0 within the turn. */
export interface Checkpoint {
  readonly turnId: string;
  readonly userId: string;
  readonly sequence: number;
  readonly part: StoredAnswer;
}

/** What is known of a turn once it has ended. */
export interface TurnEnding {
  /** Credits taken. */
  readonly charged: number;
  /** Of its first message in the session; without messages: behind the one that it follows. */
  readonly position: number;
  /** The message that it follows, if any; only of turns that leave no messages. */
  readonly parentId?: string;
  /** When its record may go. */
  readonly expiresAt: Date;
}

/** Whose turn it is: every look-up names both. */
export interface TurnKey {
  readonly id: string;
  readonly userId: string;
}

/** When a session was deleted, and until when that is known. */
export interface Burial {
  readonly at: Date;
  readonly expiresAt: Date;
}

/** Where a list of a session's turns goes on: behind this one. */
export type TurnPlace = Pick<TurnRecord, 'id' | 'position'>;

/** The durable record of turns. Every write is durable when its promise resolves. */
export abstract class TurnStore {
  /**
   * Opens the turn, atomically against the same key and against another running turn of the session.
   * @param writes made behind the opening, if at all: an opening that is refused leaves none of them
   */
  abstract open(opening: TurnOpening, lease: Lease, writes?: OpeningWrites): Promise<OpenResult>;
  /**
   * Forgets a turn that never ran, so that its key and session are free again. One that was decided, has ended, or that somebody was told of, stays.
   * @returns whether it was there and is gone
   */
  abstract discard(turn: TurnKey): Promise<boolean>;
  /** When a session was last deleted; undefined: not within a day. Looks at its oldest turn. */
  abstract lastDeletion(session: Pick<TurnOpening, 'userId' | 'sessionId'>): Promise<Date | undefined>;
  /** Says that somebody is told of a running turn who has not asked for it. @returns false when it does not run */
  abstract noteTold(turn: TurnKey): Promise<boolean>;
  /**
   * Makes sure that an opening whose answer was lost has no effect if it has had none yet.
   * @returns false when the turn is there: it was opened
   */
  abstract preclude(turn: TurnKey & Pick<TurnOpening, 'sessionId'>, expiresAt: Date): Promise<boolean>;
  /** Makes a key older than its lifetime free again. */
  abstract releaseKey(turn: TurnKey): Promise<void>;

  /**
   * Lets a turn that was asked without a key be found by one.
   * @returns whether it is this key's now: not when it has another one, another turn has this one, or it is gone
   */
  abstract bindKey(turn: TurnKey, keyHash: string): Promise<boolean>;

  /** A turn as its user may see it: not one whose session was deleted. */
  abstract find(userId: string, turnId: string): Promise<TurnRecord | undefined>;
  /** Also a turn whose session was deleted. */
  abstract findByKey(userId: string, keyHash: string): Promise<TurnRecord | undefined>;
  /** The latest turn of a client that repeats its requests, opened after `since` by the same request. */
  abstract findRepeated(userId: string, repeatHash: string, since: Date): Promise<TurnRecord | undefined>;
  /** The running turns of these sessions. */
  abstract findRunning(userId: string, sessionIds: readonly string[]): Promise<readonly TurnRecord[]>;
  /** What keeps others out of the session: a running turn, or its deletion. */
  abstract findOccupant(userId: string, sessionId: string): Promise<TurnRecord | undefined>;
  /** All running turns of a user, newest first. */
  abstract listRunning(userId: string, limit: number): Promise<readonly TurnRecord[]>;
  /**
   * Ended turns of a session that left no messages, oldest first, with their partial answers.
   * @param places positions behind the messages that they follow; cut to what one page holds, unless it is one stretch
   */
  abstract listWithoutMessages(
    userId: string,
    sessionId: string,
    places: BranchPath,
    limit: number,
  ): Promise<readonly TurnRecord[]>;

  /** The same of all branches, page by page. @param after the last of the page before */
  abstract pageWithoutMessages(
    userId: string,
    sessionId: string,
    limit: number,
    after?: TurnPlace,
  ): Promise<readonly TurnRecord[]>;

  /** Appends what turns have said since their last checkpoints, in one write. The same checkpoint twice has no effect. */
  abstract appendCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void>;
  /** All checkpoints in order, from `sequence` on. */
  abstract checkpoints(turn: TurnKey, fromSequence?: number): Promise<readonly StoredAnswer[]>;
  /** Of a turn that has ended. */
  abstract dropCheckpoints(turn: TurnKey): Promise<void>;
  /** Drops checkpoints whose turn does not run, of those saved before a moment. @returns how many */
  abstract dropOrphanedCheckpoints(savedBefore: Date): Promise<number>;

  /** @returns the ids of the turns that were still the owner's; without a word about others */
  abstract renewLeases(
    owner: string,
    turns: readonly TurnKey[],
    expiresAt: Date,
  ): Promise<ReadonlySet<string>>;
  /**
   * Takes over one running turn of another owner whose lease ended before `expiredBefore`, raising its fence.
   * @returns undefined when there is none
   */
  abstract takeOver(owner: string, expiredBefore: Date, expiresAt: Date): Promise<TurnRecord | undefined>;

  /** The running turns that this owner has taken over, for when the answer to `takeOver` was lost. */
  abstract findTakenOver(owner: string): Promise<readonly TurnRecord[]>;

  /** Notes whether the client that asked was cut off before the end was sent to it. */
  abstract noteCut(turn: TurnKey, cutOff: boolean): Promise<void>;

  /** Writes the wish to stop a running turn, for its owner to find. */
  abstract requestStop(turn: TurnKey, at: Date): Promise<void>;
  /** The same on all running turns of a user, whose access was taken away. */
  abstract revokeRunning(userId: string, at: Date): Promise<void>;
  /** The owner's running turns that are to be stopped. */
  abstract findStopRequested(
    owner: string,
  ): Promise<readonly (Pick<StopRequest, 'reason'> & { readonly id: string })[]>;
  /** Says that these turns are watched until then. Only ever later. */
  abstract renewWatched(turns: readonly TurnKey[], until: Date): Promise<void>;

  /** Keeps turns out of a session while it is deleted, as a running turn would. */
  abstract lockForDeletion(lock: TurnOpening, lease: Lease): Promise<DeletionLock>;
  /**
   * Lets turns into the session again. No effect when another instance has taken the deletion over.
   * @param tombstone of a session that leaves none: the lock stays as one, until `expiresAt`
   */
  abstract unlock(lock: TurnRecord, tombstone?: Burial): Promise<void>;
  /**
   * Takes from the ended turns of a session what was said, with their checkpoints. What is left are ids, prices and outcomes, until
   * `expiresAt`.
   * @param olderThan the id of no turn: those with greater ids are not touched
   * @returns the ids of those that it was taken from
   */
  abstract bury(lock: TurnRecord, olderThan: string, when: Burial): Promise<readonly string[]>;

  /**
   * Settles the turn at once: the decision, then the given writes, then the end, in this order and each only if all before it were made.
   * @returns whether all were made. `false`: any number of them may have been, or the database can't; go on step by step, from the decision
   */
  abstract settle(
    turn: TurnRecord,
    settlement: Settlement,
    writes: readonly PlannedWrite[],
    ending: TurnEnding,
  ): Promise<boolean>;
  /** Writes the decision. @returns false when the fence is no longer the caller's */
  abstract decide(turn: TurnRecord, settlement: Settlement): Promise<boolean>;
  /**
   * The last step: the turn has ended. Drops checkpoints, and the copy of the answer if the messages hold it.
   * @returns false when the fence is no longer the caller's
   */
  abstract finish(turn: TurnRecord, settlement: Settlement, ending: TurnEnding): Promise<boolean>;
}
