import type { PlannedWrite } from '../../platform/planned-write.js';
import type { Settlement, TurnRecord } from './turn.js';
import type { BranchPath } from './branch-path.js';
import type { SessionPlace } from './session-place.js';
import type { ChatMessage } from './chat-message.js';
import type { ChatSession } from './chat-session.js';

/** Where a list of sessions goes on: behind the session that was updated at this moment and has this id. */
export interface SessionCursor {
  readonly updatedAt: Date;
  readonly id: string;
}

/** Which messages of a session are wanted. */
export interface MessageRange {
  /** Behind this position. */
  readonly after?: number;
  /** Only those on it; absent: those of all branches. */
  readonly path?: BranchPath;
}

/** Sessions and messages: what settled turns have said. A session's id is unique among those of its user. */
export abstract class HistoryStore {
  /**
   * Where the messages of a running turn go: behind the message that it names, or else behind the last. One that makes an answer anew follows what
   * that answer's question follows; an answer that the session does not have is found by its question on the branch that was asked last, or not
   * at all.
   */
  abstract placeOf(turn: TurnRecord): Promise<SessionPlace>;

  /**
   * Stores both messages of a turn and counts them in its session, which is made if it is new. A turn that leaves no messages only makes
   * the session. Repeating it for the same turn has no effect, after any prefix of its steps.
   * @returns where they are, or would have been
   */
  abstract storeTurn(turn: TurnRecord, settlement: Settlement): Promise<SessionPlace>;

  /** The same as `storeTurn`, to be made by another store together with its own writes; it is refused when the session is not as `place` says. */
  abstract planTurn(turn: TurnRecord, settlement: Settlement, place: SessionPlace): readonly PlannedWrite[];

  /** Stores a session without messages; its topic comes with its first turn. The id must be new. @param tenantId absent: the default tenant */
  abstract openSession(session: ChatSession, tenantId?: string): Promise<void>;

  /** How many sessions a user has. @param max no more are counted */
  abstract countSessions(userId: string, max: number): Promise<number>;
  /** What the turns of all of a user's sessions count of the stored bytes. A session that is deleted takes its part with it. */
  abstract sumStoredBytes(userId: string): Promise<number>;
  abstract findSession(userId: string, sessionId: string): Promise<ChatSession | undefined>;
  /** Newest first. @param limit how many at most; ask for one more to learn whether more follow */
  abstract listSessions(
    userId: string,
    limit: number,
    after?: SessionCursor,
  ): Promise<readonly ChatSession[]>;
  /** By their ids: one that is gone on with meanwhile keeps its place. @param after an id: only those behind it */
  abstract listSessionsById(userId: string, limit: number, after?: string): Promise<readonly ChatSession[]>;
  /** Those of these ids that are stored. */
  abstract findSessions(userId: string, sessionIds: readonly string[]): Promise<readonly ChatSession[]>;
  /** @returns the renamed session, or undefined when the user has no such session */
  abstract renameSession(userId: string, sessionId: string, topic: string): Promise<ChatSession | undefined>;
  /** Names a session that nobody has renamed. @returns false when there is none */
  abstract titleSession(userId: string, sessionId: string, topic: string): Promise<boolean>;
  /**
   * Removes the session and its messages. Turns must be kept out meanwhile.
   * @param olderThan the id of no turn: what turns with greater ids have made is not touched
   * @returns how many messages
   */
  abstract deleteSession(userId: string, sessionId: string, olderThan: string): Promise<number>;

  abstract findMessage(userId: string, messageId: string): Promise<ChatMessage | undefined>;
  /** Those of these that are stored, in no order. */
  abstract findMessages(userId: string, messageIds: readonly string[]): Promise<readonly ChatMessage[]>;
  /** Where a message of the session is. */
  abstract positionOf(userId: string, sessionId: string, messageId: string): Promise<number | undefined>;
  /** Which messages are there, by their positions. @param positions of one page */
  abstract idsAt(
    userId: string,
    sessionId: string,
    positions: readonly number[],
  ): Promise<ReadonlyMap<number, string>>;
  /** The end of the branch that was asked last, without its events. */
  abstract lastMessage(userId: string, sessionId: string): Promise<ChatMessage | undefined>;
  /** The last `limit` messages of a way through the session, oldest first, without their events. */
  abstract recentMessages(
    userId: string,
    sessionId: string,
    limit: number,
    path: BranchPath,
  ): Promise<readonly ChatMessage[]>;
  /** Oldest first. */
  abstract listMessages(
    userId: string,
    sessionId: string,
    limit: number,
    range?: MessageRange,
  ): Promise<readonly ChatMessage[]>;
}
