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
import { lastOf, type BranchPath } from '../../chat/records/branch-path.js';
import type { SessionPlace } from '../../chat/records/session-place.js';
import type { Settlement, TurnRecord } from '../../chat/records/turn.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { deleteInBatches } from '../delete-in-batches.js';
import { insertMissing } from '../insert-missing.js';
import { planGuardedUpdate, planInsert } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { countedIn, messagesOf, toMessage, toSession } from './history-documents.js';
import {
  MESSAGE_MODEL,
  SESSION_MODEL,
  sessionKey,
  sessionKeysOf,
  type MessageDocument,
  type SessionDocument,
} from './history.schema.js';
import { onPath, pageOf } from './path-filter.js';
import { SessionPlaces } from './session-places.js';
import { TURN_MODEL, type TurnDocument } from './turn.schema.js';

/** Sessions whose sizes are read by one query: the embedded database does nothing else meanwhile. */
const SUMMED_AT_ONCE = 500;

/** Messages that one command deletes: others wait for it. */
const DELETED_PER_BATCH = 500;

@Injectable()
export class MongooseHistoryStore extends HistoryStore {
  private readonly plainSessions: mongo.Collection<SessionDocument>;
  private readonly plainMessages: mongo.Collection<MessageDocument>;
  private readonly places: SessionPlaces;

  constructor(
    @InjectModel(SESSION_MODEL) private readonly sessions: Model<SessionDocument>,
    @InjectModel(MESSAGE_MODEL) private readonly messages: Model<MessageDocument>,
    @InjectModel(TURN_MODEL) turns: Model<TurnDocument>,
  ) {
    super();
    this.plainSessions = plainCollection(sessions);
    this.plainMessages = plainCollection(messages);
    this.places = new SessionPlaces(this.plainMessages, plainCollection(turns));
  }

  async placeOf(turn: TurnRecord): Promise<SessionPlace> {
    return this.places.of(turn, await this.findSession(turn.userId, turn.sessionId));
  }

  async storeTurn(turn: TurnRecord, settlement: Settlement): Promise<SessionPlace> {
    const place = await this.placeOf(turn);
    await this.countOnce(turn, settlement, place);
    if (settlement.stores)
      await insertMissing(patientCollection(this.plainMessages), messagesOf(turn, settlement, place));
    return place;
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
      count,
    ];
  }

  async openSession({ id, userId, ...fields }: ChatSession, tenantId = DEFAULT_TENANT): Promise<void> {
    const _id = sessionKey(userId, id);
    const ids = { _id, tenantId, userId, sessionId: id };
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
      .find({ userId, ...behind }, { projection: { forks: 0 } })
      .sort({ updatedAt: -1, _id: -1 })
      .limit(limit)
      .toArray();
    return documents.flatMap((document) => toSession(document) ?? []);
  }

  async listSessionsById(userId: string, limit: number, after?: string): Promise<readonly ChatSession[]> {
    const { from, to } = sessionKeysOf(userId);
    const behind = after === undefined ? from : sessionKey(userId, after);
    const documents = await this.plainSessions
      .find({ _id: { $gt: behind, $lt: to }, userId })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return documents.flatMap((document) => toSession(document) ?? []);
  }

  async renameSession(userId: string, sessionId: string, topic: string): Promise<ChatSession | undefined> {
    const renamed = await this.plainSessions.findOneAndUpdate(
      { _id: sessionKey(userId, sessionId), userId },
      { $set: { topic, isRenamed: true } },
      { returnDocument: 'after' },
    );
    return toSession(renamed);
  }

  async titleSession(userId: string, sessionId: string, topic: string): Promise<boolean> {
    const unnamed = { _id: sessionKey(userId, sessionId), userId, isRenamed: { $ne: true } };
    const { matchedCount } = await patientCollection(this.plainSessions).updateOne(unnamed, {
      $set: { topic },
    });
    return matchedCount > 0;
  }

  async deleteSession(userId: string, sessionId: string, olderThan: string): Promise<number> {
    // The session last: cut short in between, it can be deleted again, and no message outlives it. Whoever deletes it once more after turns
    // were let in again must not touch theirs: their ids are greater.
    const deleted = await deleteInBatches(
      patientCollection(this.plainMessages),
      { userId, sessionId, turnId: { $lt: olderThan } },
      DELETED_PER_BATCH,
    );
    await patientCollection(this.plainSessions).deleteOne({
      _id: sessionKey(userId, sessionId),
      userId,
      lastTurnId: { $lt: olderThan },
    });
    return deleted;
  }

  async findMessage(userId: string, messageId: string): Promise<ChatMessage | undefined> {
    return toMessage(await this.plainMessages.findOne({ _id: messageId, userId }));
  }

  async findMessages(userId: string, messageIds: readonly string[]): Promise<readonly ChatMessage[]> {
    const documents = await this.plainMessages.find({ _id: { $in: [...messageIds] }, userId }).toArray();
    return documents.flatMap((document) => toMessage(document) ?? []);
  }

  async positionOf(userId: string, sessionId: string, messageId: string): Promise<number | undefined> {
    const wanted = { _id: messageId, userId, sessionId };
    return (await this.plainMessages.findOne(wanted, { projection: { position: 1 } }))?.position;
  }

  async idsAt(
    userId: string,
    sessionId: string,
    positions: readonly number[],
  ): Promise<ReadonlyMap<number, string>> {
    const wanted = { userId, sessionId, position: { $in: [...positions] } };
    const found = await this.plainMessages.find(wanted, { projection: { position: 1 } }).toArray();
    return new Map(found.map(({ _id, position }) => [position, _id]));
  }

  /** Positions are given in the order of asking. */
  async lastMessage(userId: string, sessionId: string): Promise<ChatMessage | undefined> {
    const [last = null] = await this.plainMessages
      .find({ userId, sessionId }, { projection: { events: 0 } })
      .sort({ userId: -1, sessionId: -1, position: -1 })
      .limit(1)
      .toArray();
    return toMessage(last);
  }

  async recentMessages(
    userId: string,
    sessionId: string,
    limit: number,
    path: BranchPath,
  ): Promise<readonly ChatMessage[]> {
    const documents = await this.plainMessages
      .find({ userId, sessionId, position: onPath(lastOf(path, limit)) }, { projection: { events: 0 } })
      .sort({ userId: 1, sessionId: 1, position: 1 })
      .toArray();
    return documents.flatMap((document) => toMessage(document) ?? []);
  }

  async listMessages(
    userId: string,
    sessionId: string,
    limit: number,
    { after = -1, path }: MessageRange = {},
  ): Promise<readonly ChatMessage[]> {
    const position = path === undefined ? { $gt: after } : pageOf(path, limit, after);
    const documents = await this.plainMessages
      .find({ userId, sessionId, position })
      .sort({ userId: 1, sessionId: 1, position: 1 })
      .limit(limit)
      .toArray();
    return documents.flatMap((document) => toMessage(document) ?? []);
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
