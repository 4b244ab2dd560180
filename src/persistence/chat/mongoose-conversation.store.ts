import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  ConversationStore,
  type Conversation,
  type ForgottenConversation,
  type SessionKey,
} from '../../chat/records/conversation.store.port.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { planInsert, planUpdateMany } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { CONVERSATION_MODEL, type ConversationDocument } from './conversation.schema.js';

type Named = Pick<Conversation, 'id' | 'userId'>;

@Injectable()
export class MongooseConversationStore extends ConversationStore {
  private readonly plain: mongo.Collection<ConversationDocument>;

  constructor(@InjectModel(CONVERSATION_MODEL) private readonly model: Model<ConversationDocument>) {
    super();
    this.plain = plainCollection(model);
  }

  async insert(conversation: Conversation): Promise<void> {
    await this.plain.insertOne(documentOf(conversation));
  }

  planInsert(conversation: Conversation): PlannedWrite {
    return planInsert(this.model, { ...documentOf(conversation) });
  }

  async discard({ id, userId }: Named): Promise<void> {
    await this.plain.deleteOne({ _id: id, userId });
  }

  async findCurrent(
    userId: string,
    sessionId: string,
    chatflowId: string,
  ): Promise<Conversation | undefined> {
    const found = await this.plain.findOne({ userId, sessionId, chatflowId, state: 'current' });
    return found === null ? undefined : toConversation(found);
  }

  async name({ id, userId }: Named, upstreamId: string): Promise<void> {
    await this.plain.updateOne({ _id: id, userId }, { $set: { upstreamId } });
  }

  async spend(session: SessionKey, at: Date, except?: string): Promise<void> {
    await this.plain.updateMany(...spending(session, at, except));
  }

  planSpend(session: SessionKey, at: Date, except?: string): PlannedWrite {
    return planUpdateMany(this.model, ...spending(session, at, except));
  }

  async forgetSession(
    { userId, sessionId }: SessionKey,
    madeBefore: Date,
    dueAt: Date,
  ): Promise<readonly ForgottenConversation[]> {
    const ofSession = { userId, sessionId, createdAt: { $lte: madeBefore } };
    const found = await this.plain.find(ofSession).toArray();
    if (found.length > 0) await this.plain.updateMany(ofSession, { $set: { state: 'forgotten', dueAt } });
    return found.map(toForgotten);
  }

  async takeForgotten(now: Date, again: Date, limit: number): Promise<readonly ForgottenConversation[]> {
    const taken: ForgottenConversation[] = [];
    while (taken.length < limit) {
      // One by one, so that of several instances each takes others.
      const found = await this.plain.findOneAndUpdate(
        { dueAt: { $lte: now } },
        { $set: { dueAt: again }, $inc: { attempts: 1 } },
        { returnDocument: 'before' },
      );
      if (found === null) break;
      taken.push(toForgotten(found));
    }
    return taken;
  }

  async postpone({ id, userId }: Named, until: Date): Promise<void> {
    await this.plain.updateOne({ _id: id, userId }, { $set: { dueAt: until } });
  }

  async remove({ id, userId }: Named): Promise<void> {
    await this.plain.deleteOne({ _id: id, userId });
  }
}

function documentOf({ id, ...fields }: Conversation): ConversationDocument {
  return { _id: id, tenantId: DEFAULT_TENANT, ...fields, state: 'current' };
}

function toForgotten(document: ConversationDocument): ForgottenConversation {
  const { _id, tenantId: _, state: __, dueAt: ___, attempts = 0, ...fields } = document;
  return { id: _id, attempts, ...fields };
}

function toConversation(document: ConversationDocument): Conversation {
  const { attempts: _, spentAt: __, ...conversation } = toForgotten(document);
  return conversation;
}

/** Filter and update. */
function spending({ userId, sessionId }: SessionKey, at: Date, except: string | undefined) {
  return [
    {
      userId,
      sessionId,
      state: 'current' as const,
      ...(except === undefined ? {} : { _id: { $ne: except } }),
    },
    { $set: { state: 'spent' as const, spentAt: at } },
  ] as const;
}
