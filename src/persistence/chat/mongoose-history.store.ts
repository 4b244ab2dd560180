import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  HistoryStore,
  type ChatMessage,
  type ChatSession,
  type SessionCursor,
} from '../../chat/history/history-store.port.js';
import { topicOf } from '../../chat/history/topic.js';
import type { StoredAnswer } from '../../chat/turn/stored-answer.js';
import type { TurnRecord } from '../../chat/turn/turn.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { isDuplicateKey, isOnlyDuplicates } from '../duplicate-key.js';
import { planGuardedUpdate, planInsert } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import {
  MESSAGE_MODEL,
  SESSION_MODEL,
  type MessageDocument,
  type SessionDocument,
} from './history.schema.js';

const MESSAGES_PER_TURN = 2;

@Injectable()
export class MongooseHistoryStore extends HistoryStore {
  constructor(
    @InjectModel(SESSION_MODEL) private readonly sessions: Model<SessionDocument>,
    @InjectModel(MESSAGE_MODEL) private readonly messages: Model<MessageDocument>,
  ) {
    super();
  }

  async storeTurn(
    turn: TurnRecord,
    answer: StoredAnswer,
    status: ChatMessage['status'],
    endedAt: Date,
  ): Promise<void> {
    const first = await this.claimPositions(turn, endedAt);
    const documents = messagesOf(turn, answer, status, endedAt, first);
    try {
      await plainCollection(this.messages).insertMany(documents, { ordered: false });
    } catch (error) {
      if (!isOnlyDuplicates(error)) throw error;
      await this.storeBehindLeftovers(documents);
    }
  }

  planTurn(
    turn: TurnRecord,
    answer: StoredAnswer,
    status: ChatMessage['status'],
    endedAt: Date,
  ): readonly PlannedWrite[] | undefined {
    const first = turn.messagesBefore;
    if (first === undefined) return undefined;
    const documents = messagesOf(turn, answer, status, endedAt, first);
    return [
      // First, because a position that is taken means that the session has changed.
      ...documents.map((document) => planInsert(this.messages, { ...document })),
      planGuardedUpdate(
        this.sessions,
        { _id: turn.sessionId, lastTurnId: { $ne: turn.id }, messageCount: first },
        countedIn(turn, endedAt),
      ),
    ];
  }

  async openSession({ id, ...fields }: ChatSession): Promise<void> {
    await this.sessions.create({ _id: id, sessionId: id, ...fields });
  }

  async findSession(sessionId: string): Promise<ChatSession | undefined> {
    return toSession(await this.sessions.findById(sessionId).lean<SessionDocument>());
  }

  async listSessions(userId: string, limit: number, after?: SessionCursor): Promise<readonly ChatSession[]> {
    const behind =
      after === undefined
        ? {}
        : {
            // The bound that the index begins at; a condition inside `$or` is none.
            updatedAt: { $lte: after.updatedAt },
            $or: [
              { updatedAt: { $lt: after.updatedAt } },
              { updatedAt: after.updatedAt, _id: { $lt: after.id } },
            ],
          };
    const documents = await this.sessions
      .find({ userId, ...behind })
      .sort({ updatedAt: -1, _id: -1 })
      .limit(limit)
      .lean<SessionDocument[]>();
    return documents.flatMap((document) => toSession(document) ?? []);
  }

  async renameSession(userId: string, sessionId: string, topic: string): Promise<ChatSession | undefined> {
    const renamed = await this.sessions
      .findOneAndUpdate({ _id: sessionId, userId }, { $set: { topic } }, { returnDocument: 'after' })
      .lean<SessionDocument>();
    return toSession(renamed);
  }

  async deleteSession(userId: string, sessionId: string): Promise<boolean> {
    if ((await this.sessions.exists({ _id: sessionId, userId })) === null) return false;
    // The session last: cut short in between, it can be deleted again, and no message outlives it.
    await this.messages.deleteMany({ sessionId, userId });
    await this.sessions.deleteOne({ _id: sessionId, userId });
    return true;
  }

  async findMessage(messageId: string): Promise<ChatMessage | undefined> {
    return toMessage(await this.messages.findById(messageId).lean<MessageDocument>());
  }

  /** The index by session, read backwards. */
  async recentMessages(sessionId: string, limit: number): Promise<readonly ChatMessage[]> {
    const documents = await this.messages
      .find({ sessionId }, { events: 0 })
      .sort({ sessionId: -1, position: -1 })
      .limit(limit)
      .lean<MessageDocument[]>();
    return documents.reverse().flatMap((document) => toMessage(document) ?? []);
  }

  async listMessages(sessionId: string, limit: number, afterPosition = -1): Promise<readonly ChatMessage[]> {
    const documents = await this.messages
      .find({ sessionId, position: { $gt: afterPosition } })
      .sort({ sessionId: 1, position: 1 })
      .limit(limit)
      .lean<MessageDocument[]>();
    return documents.flatMap((document) => toMessage(document) ?? []);
  }

  /**
   * Counts the turn's two messages in its session, once. Only one turn of a session is ever unsettled, so a repeated
   * call finds itself as the session's last turn.
   * @returns the position of the turn's first message
   */
  private async claimPositions(turn: TurnRecord, endedAt: Date): Promise<number> {
    try {
      const session = await plainCollection(this.sessions).findOneAndUpdate(
        { _id: turn.sessionId, lastTurnId: { $ne: turn.id } },
        countedIn(turn, endedAt),
        { upsert: true, returnDocument: 'after' },
      );
      if (session?.topic === '') await this.nameSession(turn);
      return (session?.messageCount ?? MESSAGES_PER_TURN) - MESSAGES_PER_TURN;
    } catch (error) {
      // The session exists and this turn is its last: it was counted before.
      if (!isDuplicateKey(error)) throw error;
      const session = await this.sessions.findById(turn.sessionId).lean<SessionDocument>();
      return (session?.messageCount ?? MESSAGES_PER_TURN) - MESSAGES_PER_TURN;
    }
  }

  /**
   * A message that is there was stored before. One that is not there found its position taken, by a message that was left over when an
   * earlier session of this id was deleted: the session goes on behind it.
   */
  private async storeBehindLeftovers(documents: readonly MessageDocument[]): Promise<void> {
    const ids = documents.map(({ _id }) => _id);
    const stored = await this.messages.find({ _id: { $in: ids } }, { _id: 1 }).lean<{ _id: string }[]>();
    const missing = documents.filter(({ _id }) => !stored.some((message) => message._id === _id));
    const [first] = missing;
    if (first === undefined) return;
    const [last] = await this.recentMessages(first.sessionId, 1);
    const next = (last?.position ?? -1) + 1;
    await this.sessions.updateOne(
      { _id: first.sessionId, messageCount: { $lt: next + missing.length } },
      { $set: { messageCount: next + missing.length } },
    );
    const moved = missing.map((message, index) => ({ ...message, position: next + index }));
    await plainCollection(this.messages).insertMany(moved, { ordered: false });
  }

  /** A session that was opened before its first turn has no topic yet. */
  private async nameSession({ sessionId, question }: TurnRecord): Promise<void> {
    await this.sessions.updateOne({ _id: sessionId, topic: '' }, { $set: { topic: topicOf(question) } });
  }
}

/** Counts a turn's messages in its session, which is made if it is new. */
function countedIn(turn: TurnRecord, endedAt: Date) {
  return {
    $inc: { messageCount: MESSAGES_PER_TURN },
    $set: { lastTurnId: turn.id, updatedAt: endedAt },
    $setOnInsert: {
      sessionId: turn.sessionId,
      userId: turn.userId,
      chatflowId: turn.chatflowId,
      topic: topicOf(turn.question),
      createdAt: turn.startedAt,
    },
  };
}

/** The two messages of a turn, from position `first` on. */
function messagesOf(
  turn: TurnRecord,
  answer: StoredAnswer,
  status: ChatMessage['status'],
  endedAt: Date,
  first: number,
): MessageDocument[] {
  const shared = {
    sessionId: turn.sessionId,
    turnId: turn.id,
    userId: turn.userId,
    chatflowId: turn.chatflowId,
    status,
  };
  const textOnly = answer.events.length <= 1 && answer.events.every((event) => event.type === 'text');
  return [
    {
      _id: turn.userMessageId,
      role: 'user',
      content: turn.question,
      position: first,
      createdAt: turn.startedAt,
      ...shared,
    },
    {
      _id: turn.messageId,
      role: 'assistant',
      content: answer.text,
      ...(textOnly ? {} : { events: answer.events }),
      position: first + 1,
      createdAt: endedAt,
      ...shared,
    },
  ];
}

function toSession(document: SessionDocument | null): ChatSession | undefined {
  if (document === null) return undefined;
  const { _id, userId, chatflowId, topic, messageCount, createdAt, updatedAt } = document;
  return { id: _id, userId, chatflowId, topic, messageCount, createdAt, updatedAt };
}

function toMessage(document: MessageDocument | null): ChatMessage | undefined {
  if (document === null) return undefined;
  const { _id, sessionId, turnId, role, content, events, status, position, createdAt } = document;
  return {
    id: _id,
    sessionId,
    turnId,
    role,
    content,
    ...(events === undefined ? {} : { events }),
    status,
    position,
    createdAt,
  };
}
