import type { PlannedWrite } from '../../platform/planned-write.js';
import type { StoredAnswer, StoredEvent } from '../turn/stored-answer.js';
import type { TurnRecord } from '../turn/turn.js';

export interface ChatSession {
  readonly id: string;
  readonly userId: string;
  readonly chatflowId: string;
  readonly topic: string;
  readonly messageCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ChatMessage {
  readonly id: string;
  readonly sessionId: string;
  readonly turnId: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly events?: readonly StoredEvent[];
  readonly status: 'completed' | 'stopped' | 'interrupted';
  /** Counts up from 0 within the session and never repeats. */
  readonly position: number;
  readonly createdAt: Date;
}

/** Where a list of sessions goes on: behind the session that was updated at this moment and has this id. */
export interface SessionCursor {
  readonly updatedAt: Date;
  readonly id: string;
}

/** Sessions and messages: what settled turns have said. */
export abstract class HistoryStore {
  /**
   * Stores both messages of a turn and counts them in its session, which is made if it is new. Repeating it for the
   * same turn has no effect, after any prefix of its steps.
   */
  abstract storeTurn(
    turn: TurnRecord,
    answer: StoredAnswer,
    status: ChatMessage['status'],
    endedAt: Date,
  ): Promise<void>;

  /**
   * The same as `storeTurn`, to be made by another store together with its own writes. It is refused when the session has changed since
   * `turn.messagesBefore` was read; one that was deleted is made anew and goes on behind its old positions.
   * @returns undefined when it can't be planned: call `storeTurn`
   */
  abstract planTurn(
    turn: TurnRecord,
    answer: StoredAnswer,
    status: ChatMessage['status'],
    endedAt: Date,
  ): readonly PlannedWrite[] | undefined;

  /** Stores a session without messages; its topic comes with its first turn. The id must be new. */
  abstract openSession(session: ChatSession): Promise<void>;

  abstract findSession(sessionId: string): Promise<ChatSession | undefined>;
  /** Newest first. @param limit how many at most; ask for one more to learn whether more follow */
  abstract listSessions(
    userId: string,
    limit: number,
    after?: SessionCursor,
  ): Promise<readonly ChatSession[]>;
  /** @returns the renamed session, or undefined when the user has no such session */
  abstract renameSession(userId: string, sessionId: string, topic: string): Promise<ChatSession | undefined>;
  /** Removes the session and its messages. @returns false when the user has no such session */
  abstract deleteSession(userId: string, sessionId: string): Promise<boolean>;

  abstract findMessage(messageId: string): Promise<ChatMessage | undefined>;
  /** The last `limit` messages of a session, oldest first, without their events. */
  abstract recentMessages(sessionId: string, limit: number): Promise<readonly ChatMessage[]>;
  /** Oldest first, behind `afterPosition`. */
  abstract listMessages(
    sessionId: string,
    limit: number,
    afterPosition?: number,
  ): Promise<readonly ChatMessage[]>;
}
