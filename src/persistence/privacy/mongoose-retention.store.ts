import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  RetentionStore,
  type AgeingSession,
  type WalkState,
} from '../../privacy/retention/retention.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import {
  MESSAGE_MODEL,
  SESSION_MODEL,
  type MessageDocument,
  type SessionDocument,
} from '../chat/history.schema.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { inPieces } from '../in-pieces.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { RETENTION_STATE_MODEL, WALK_ID, type RetentionStateDocument } from './retention.schema.js';

const WANTED = { userId: 1, sessionId: 1, chatflowId: 1, lastChatflowId: 1, updatedAt: 1 } as const;

@Injectable()
export class MongooseRetentionStore extends RetentionStore {
  private readonly sessions: mongo.Collection<SessionDocument>;
  private readonly messages: mongo.Collection<MessageDocument>;
  private readonly state: mongo.Collection<RetentionStateDocument>;

  constructor(
    @InjectModel(SESSION_MODEL) sessions: Model<SessionDocument>,
    @InjectModel(MESSAGE_MODEL) messages: Model<MessageDocument>,
    @InjectModel(RETENTION_STATE_MODEL) state: Model<RetentionStateDocument>,
  ) {
    super();
    this.sessions = patientCollection(plainCollection(sessions));
    this.messages = patientCollection(plainCollection(messages));
    this.state = patientCollection(plainCollection(state));
  }

  async takeWalk(owner: string, lapsedBy: Date, until: Date): Promise<WalkState | undefined> {
    try {
      const taken = await this.state.findOneAndUpdate(
        { _id: WALK_ID, leaseUntil: { $lte: lapsedBy } },
        { $set: { owner, leaseUntil: until }, $setOnInsert: { tenantId: DEFAULT_TENANT } },
        { upsert: true, returnDocument: 'after' },
      );
      return taken?.after === undefined ? {} : { after: taken.after };
    } catch (error) {
      // It is there and somebody's: the upsert could not make it.
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  async advance(owner: string, after: string | undefined, until: Date): Promise<boolean> {
    const { matchedCount } = await this.state.updateOne(
      { _id: WALK_ID, owner },
      {
        $set: { leaseUntil: until, ...(after === undefined ? {} : { after }) },
        ...(after === undefined ? { $unset: { after: 1 as const } } : {}),
      },
    );
    return matchedCount === 1;
  }

  async page(limit: number, after?: string): Promise<readonly AgeingSession[]> {
    const behind = after === undefined ? {} : { _id: { $gt: after } };
    const found = await this.sessions
      .find(behind, { projection: WANTED })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id, userId, sessionId, chatflowId, lastChatflowId, updatedAt }) => ({
      key: _id,
      userId,
      sessionId,
      chatflowIds: lastChatflowId === undefined ? [chatflowId] : [chatflowId, lastChatflowId],
      updatedAt,
    }));
  }

  async hasAnswersOf(
    { userId, sessionId }: Pick<AgeingSession, 'userId' | 'sessionId'>,
    chatflowIds: readonly string[],
  ): Promise<boolean> {
    // Not left to the database, which would look at the whole session by one command.
    const wanted = new Set(chatflowIds);
    const fields = { projection: { _id: 0, chatflowId: 1 } };
    for await (const piece of inPieces(this.messages, { userId, sessionId }, fields))
      if (piece.some(({ chatflowId }) => wanted.has(chatflowId))) return true;
    return false;
  }
}
