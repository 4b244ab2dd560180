import type { PlannedWrite } from '../../platform/planned-write.js';
import type { ProviderName, UpstreamTarget } from '../../contract/provider.js';

/** Where the memory of a conversation lies: which server and which flow of it. */
export type MemoryTarget = Pick<UpstreamTarget, 'flowId' | 'baseUrl'>;

/**
 * What an upstream remembers of a session under an id that nobody else knows. A session has one for each chatflow that was asked in it, and
 * another one after each turn of which the upstream may remember what the session does not show.
 */
export interface Conversation {
  /** Random; the upstream may take it for its own id of the conversation. No client ever chose or saw it. */
  readonly id: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly chatflowId: string;
  readonly provider: ProviderName;
  readonly target: MemoryTarget;
  /** What the upstream itself calls it, once it has said so. */
  readonly upstreamId?: string;
  /** The upstream itself has heard the messages from this position on; what was before has to be told. */
  readonly rememberedFrom: number;
  readonly createdAt: Date;
}

/** A conversation that the upstream is to forget. */
export interface ForgottenConversation extends Conversation {
  /** When it was found to hold what is not shown; a run may have gone on since then, and remembered more. */
  readonly spentAt?: Date;
  /** How often the upstream was asked to forget it before. */
  readonly attempts: number;
}

/** The memories that upstreams keep. Every write is durable when its promise resolves. */
export abstract class ConversationStore {
  abstract insert(conversation: Conversation): Promise<void>;
  /** The same, to be made by another store together with its own writes. */
  abstract planInsert(conversation: Conversation): PlannedWrite;
  /** Forgets one that was never used. */
  abstract discard(conversation: Pick<Conversation, 'id' | 'userId'>): Promise<void>;
  /** The one that is gone on with. */
  abstract findCurrent(
    userId: string,
    sessionId: string,
    chatflowId: string,
  ): Promise<Conversation | undefined>;
  /** Keeps what the upstream calls it. */
  abstract name(conversation: Pick<Conversation, 'id' | 'userId'>, upstreamId: string): Promise<void>;

  /** None of the session's is gone on with, except this one. */
  abstract spend(session: SessionKey, at: Date, except?: string): Promise<void>;
  /** The same, to be made by another store together with its own writes. */
  abstract planSpend(session: SessionKey, at: Date, except?: string): PlannedWrite;

  /** All of the session's that were made before `madeBefore` are to be forgotten by their upstreams, at `dueAt` if not before. */
  abstract forgetSession(
    session: SessionKey,
    madeBefore: Date,
    dueAt: Date,
  ): Promise<readonly ForgottenConversation[]>;
  /** Takes up to `limit` that are to be forgotten by now; nobody else gets them before `again`. */
  abstract takeForgotten(now: Date, again: Date, limit: number): Promise<readonly ForgottenConversation[]>;
  /** To be forgotten (once more) at this moment. */
  abstract postpone(conversation: Pick<Conversation, 'id' | 'userId'>, until: Date): Promise<void>;
  /** The upstream has forgotten it. */
  abstract remove(conversation: Pick<Conversation, 'id' | 'userId'>): Promise<void>;
}

export interface SessionKey {
  readonly userId: string;
  readonly sessionId: string;
}
