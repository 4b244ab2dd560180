import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  HistoryStore,
  type MessageRange,
  type SessionCursor,
} from '../../chat/records/history.store.port.js';
import type { ChatMessage } from '../../chat/records/chat-message.js';
import type { ChatSession } from '../../chat/records/chat-session.js';
import type { SessionPlace, SupersededMessages } from '../../chat/records/session-place.js';
import type { Settlement, TurnRecord } from '../../chat/records/turn.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { insertMissing } from '../insert-missing.js';
import { planGuardedUpdate, planInsert, planUpdateMany } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { countedIn, MESSAGES_PER_TURN, messagesOf, toMessage, toSession } from './history-documents.js';
import {
  MESSAGE_MODEL,
  SESSION_MODEL,
  sessionKey,
  sessionKeysOf,
  type MessageDocument,
  type SessionDocument,
} from './history.schema.js';
import { TURN_MODEL, type TurnDocument } from './turn.schema.js';

/** How far back a question is looked for that is to be answered anew. */
const MESSAGES_LOOKED_AT = 100;

/** Sessions whose sizes are read by one query: the embedded database does nothing else meanwhile. */
const SUMMED_AT_ONCE = 500;

@Injectable()
export class MongooseHistoryStore extends HistoryStore {
  private readonly plainSessions: mongo.Collection<SessionDocument>;
  private readonly plainMessages: mongo.Collection<MessageDocument>;
  private readonly plainTurns: mongo.Collection<TurnDocument>;

  constructor(
    @InjectModel(SESSION_MODEL) private readonly sessions: Model<SessionDocument>,
    @InjectModel(MESSAGE_MODEL) private readonly messages: Model<MessageDocument>,
    @InjectModel(TURN_MODEL) turns: Model<TurnDocument>,
  ) {
    super();
    this.plainSessions = plainCollection(sessions);
    this.plainMessages = plainCollection(messages);
    this.plainTurns = plainCollection(turns);
  }

  async placeOf(turn: TurnRecord): Promise<SessionPlace> {
    const { userId, sessionId } = turn;
    const session = await this.findSession(userId, sessionId);
    if (session === undefined) return { position: 0, parentId: null };
    // A turn that was counted before and is settled once more finds itself as the last.
    const counted = session.lastTurnId === turn.id && session.lastMessageId === turn.messageId;
    const position = session.messageCount - (counted ? MESSAGES_PER_TURN : 0);
    if (turn.regenerates === undefined) {
      const parentId = counted
        ? await this.lastShown(turn, position)
        : (session.lastMessageId ?? (await this.lastShown(turn, position)));
      return { position, parentId, session };
    }
    const supersedes = await this.supersededBy(turn, session, position);
    const from = supersedes?.from ?? position;
    const parentId = await this.lastShown(turn, from);
    return { position, parentId, session, ...(supersedes === undefined ? {} : { supersedes }) };
  }

  async storeTurn(turn: TurnRecord, settlement: Settlement): Promise<number> {
    const place = await this.placeOf(turn);
    if (settlement.stores && place.supersedes !== undefined)
      await patientCollection(this.plainMessages).updateMany(
        ...superseding(turn, place.position, place.supersedes),
      );
    await this.countOnce(turn, settlement, place);
    if (settlement.stores)
      await insertMissing(patientCollection(this.plainMessages), messagesOf(turn, settlement, place));
    return place.position;
  }

  planTurn(turn: TurnRecord, settlement: Settlement, place: SessionPlace): readonly PlannedWrite[] {
    const counted = countedIn(turn, settlement, place);
    const { userId, sessionId } = turn;
    const session = { _id: sessionKey(userId, sessionId), userId, lastTurnId: { $ne: turn.id } };
    const asItWas = { messageCount: place.position, ...session };
    const count = planGuardedUpdate(this.sessions, asItWas, counted);
    if (!settlement.stores) return [count];
    const documents = messagesOf(turn, settlement, place);
    return [
      // First, because a position that is taken means that the session has changed.
      ...documents.map((document) => planInsert(this.messages, { ...document })),
      ...(place.supersedes === undefined
        ? []
        : [planUpdateMany(this.messages, ...superseding(turn, place.position, place.supersedes))]),
      count,
    ];
  }

  async openSession({ id, userId, ...fields }: ChatSession): Promise<void> {
    const _id = sessionKey(userId, id);
    const ids = { _id, tenantId: DEFAULT_TENANT, userId, sessionId: id };
    await this.plainSessions.insertOne({ ...ids, lastTurnId: '', ...fields });
  }

  countSessions(userId: string, max: number): Promise<number> {
    return this.plainSessions.countDocuments({ userId }, { limit: max });
  }

  async sumStoredBytes(userId: string): Promise<number> {
    let sum = 0;
    // By id, because a session that is updated meanwhile would change its place among those of its user.
    for (let { from, to } = sessionKeysOf(userId); ;) {
      const sessions = await this.plainSessions
        .find({ _id: { $gt: from, $lt: to }, userId }, { projection: { storedBytes: 1 } })
        .sort({ _id: 1 })
        .limit(SUMMED_AT_ONCE)
        .toArray();
      // Those of before it was counted count nothing.
      for (const { storedBytes = 0 } of sessions) sum += storedBytes;
      const last = sessions.at(-1);
      if (last === undefined || sessions.length < SUMMED_AT_ONCE) return sum;
      from = last._id;
    }
  }

  async findSession(userId: string, sessionId: string): Promise<ChatSession | undefined> {
    return toSession(await this.plainSessions.findOne({ _id: sessionKey(userId, sessionId), userId }));
  }

  async findSessions(userId: string, sessionIds: readonly string[]): Promise<readonly ChatSession[]> {
    if (sessionIds.length === 0) return [];
    const keys = sessionIds.map((id) => sessionKey(userId, id));
    const found = await this.plainSessions.find({ _id: { $in: keys }, userId }).toArray();
    return found.flatMap((document) => toSession(document) ?? []);
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
              { updatedAt: after.updatedAt, _id: { $lt: sessionKey(userId, after.id) } },
            ],
          };
    const documents = await this.plainSessions
      .find({ userId, ...behind })
      .sort({ updatedAt: -1, _id: -1 })
      .limit(limit)
      .toArray();
    return documents.flatMap((document) => toSession(document) ?? []);
  }

  async renameSession(userId: string, sessionId: string, topic: string): Promise<ChatSession | undefined> {
    const renamed = await this.plainSessions.findOneAndUpdate(
      { _id: sessionKey(userId, sessionId), userId },
      { $set: { topic } },
      { returnDocument: 'after' },
    );
    return toSession(renamed);
  }

  async deleteSession(userId: string, sessionId: string, olderThan: string): Promise<void> {
    // The session last: cut short in between, it can be deleted again, and no message outlives it. Whoever deletes it once more after turns
    // were let in again must not touch theirs: their ids are greater.
    await patientCollection(this.plainMessages).deleteMany({ userId, sessionId, turnId: { $lt: olderThan } });
    await patientCollection(this.plainSessions).deleteOne({
      _id: sessionKey(userId, sessionId),
      userId,
      lastTurnId: { $lt: olderThan },
    });
  }

  async findMessage(userId: string, messageId: string): Promise<ChatMessage | undefined> {
    return toMessage(await this.plainMessages.findOne({ _id: messageId, userId }));
  }

  async findMessages(userId: string, messageIds: readonly string[]): Promise<readonly ChatMessage[]> {
    const documents = await this.plainMessages.find({ _id: { $in: [...messageIds] }, userId }).toArray();
    return documents.flatMap((document) => toMessage(document) ?? []);
  }

  /** The index by session, read backwards. */
  async recentMessages(
    userId: string,
    sessionId: string,
    limit: number,
    before = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly ChatMessage[]> {
    const documents = await this.plainMessages
      .find({ ...shownIn(userId, sessionId), position: { $lt: before } }, { projection: { events: 0 } })
      .sort({ userId: -1, sessionId: -1, position: -1 })
      .limit(limit)
      .toArray();
    return documents.reverse().flatMap((document) => toMessage(document) ?? []);
  }

  async listMessages(
    userId: string,
    sessionId: string,
    limit: number,
    { after = -1, before = Number.MAX_SAFE_INTEGER, superseded = false }: MessageRange = {},
  ): Promise<readonly ChatMessage[]> {
    const wanted = superseded ? { userId, sessionId } : shownIn(userId, sessionId);
    const documents = await this.plainMessages
      .find({ ...wanted, position: { $gt: after, $lt: before } })
      .sort({ userId: 1, sessionId: 1, position: 1 })
      .limit(limit)
      .toArray();
    return documents.flatMap((document) => toMessage(document) ?? []);
  }

  private async lastShown(
    { userId, sessionId }: TurnRecord,
    before: number,
  ): Promise<ChatMessage['parentId']> {
    const [last] = await this.recentMessages(userId, sessionId, 1, before);
    return last?.id ?? null;
  }

  /**
   * From the question of the answer on that is made anew. Messages that this turn has superseded before, and is settled once more, count as
   * they did then.
   */
  private async supersededBy(
    turn: TurnRecord,
    session: ChatSession,
    before: number,
  ): Promise<SupersededMessages | undefined> {
    const { userId, sessionId } = turn;
    const mine = {
      userId,
      sessionId,
      $or: [{ supersededBy: { $exists: false } }, { supersededBy: turn.id }],
    };
    const from =
      session.lastTurnId === turn.id
        ? await this.supersededBefore(turn)
        : ((await this.questionAnsweredBy(turn, mine)) ??
          (await this.sameQuestion(turn, session, mine, before)));
    if (from === undefined) return undefined;
    const count = await this.plainMessages.countDocuments({ ...mine, position: { $gte: from, $lt: before } });
    return { from, count };
  }

  /** Of a turn that was counted: whatever it takes the place of has been marked before. */
  private async supersededBefore({ id, userId, sessionId }: TurnRecord): Promise<number | undefined> {
    const [first] = await this.plainMessages
      .find({ userId, sessionId, supersededBy: id })
      .sort({ userId: 1, sessionId: 1, position: 1 })
      .limit(1)
      .toArray();
    return first?.position;
  }

  private async questionAnsweredBy(
    { regenerates }: TurnRecord,
    mine: mongo.Filter<MessageDocument>,
  ): Promise<number | undefined> {
    if (regenerates?.messageId === undefined) return undefined;
    const answer = await this.plainMessages.findOne({
      ...mine,
      _id: regenerates.messageId,
      role: 'assistant',
    });
    return answer === null ? undefined : answer.position - 1;
  }

  /** Clients name messages by ids of their own, and answers that were never stored: then the question tells which one it was. */
  private async sameQuestion(
    turn: TurnRecord,
    { lastTurnId }: ChatSession,
    mine: mongo.Filter<MessageDocument>,
    before: number,
  ): Promise<number | undefined> {
    const { id, question } = turn;
    const recent = await this.plainMessages
      .find({ ...mine, position: { $lt: before } }, { projection: { events: 0 } })
      .sort({ userId: -1, sessionId: -1, position: -1 })
      .limit(MESSAGES_LOOKED_AT)
      .toArray();
    // Its own turn left no messages, so its answer takes nobody's place, whatever was asked in the same words before.
    if (recent[0]?.turnId !== lastTurnId && (await this.leftNoMessages(turn, before))) return undefined;
    const asked = recent.find(
      ({ role, content, turnId }) => role === 'user' && content === question && turnId !== id,
    );
    return asked?.position;
  }

  /** Whether the question was asked last by a turn that left no messages and was not to make an answer anew itself. */
  private async leftNoMessages(
    { userId, sessionId, question }: TurnRecord,
    position: number,
  ): Promise<boolean> {
    const asked = { userId, sessionId, position, question, regenerates: { $exists: false } };
    return (await this.plainTurns.findOne({ ...asked, 'settlement.stores': false })) !== null;
  }

  /**
   * Counts the turn in its session, once. Only one turn of a session is ever unsettled, so a repeated call finds itself as the session's last
   * turn.
   */
  private async countOnce(turn: TurnRecord, settlement: Settlement, place: SessionPlace): Promise<void> {
    const { userId, sessionId } = turn;
    const uncounted = { _id: sessionKey(userId, sessionId), userId, lastTurnId: { $ne: turn.id } };
    try {
      await patientCollection(this.plainSessions).updateOne(uncounted, countedIn(turn, settlement, place), {
        upsert: true,
      });
    } catch (error) {
      // The session exists and this turn is its last: it was counted before.
      if (!isDuplicateKey(error)) throw error;
    }
  }
}

function shownIn(userId: string, sessionId: string) {
  return { userId, sessionId, supersededBy: { $exists: false } };
}

/** Filter and update. */
function superseding({ id, userId, sessionId }: TurnRecord, position: number, { from }: SupersededMessages) {
  return [
    { ...shownIn(userId, sessionId), position: { $gte: from, $lt: position } },
    { $set: { supersededBy: id } },
  ] as const;
}
