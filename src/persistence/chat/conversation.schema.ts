import { Schema } from 'mongoose';
import type { Conversation, MemoryTarget } from '../../chat/records/conversation.store.port.js';
import { PROVIDER_NAMES } from '../../contract/provider.js';
import type { FieldsOf } from '../fields-of.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const CONVERSATION_MODEL = 'UpstreamConversation';

/**
 * `current`: gone on with · `spent`: the upstream may remember in it what the session does not show · `forgotten`: its session was deleted, and
 * the upstream is to forget it at `dueAt`.
 */
export type ConversationState = 'current' | 'spent' | 'forgotten';

export interface ConversationDocument extends Omit<Conversation, 'id'> {
  readonly _id: string;
  readonly tenantId: string;
  readonly state: ConversationState;
  readonly spentAt?: Date;
  readonly dueAt?: Date;
  readonly attempts?: number;
}

const targetSchema = new Schema(
  { flowId: { type: String }, baseUrl: { type: String } } satisfies FieldsOf<MemoryTarget>,
  { _id: false, minimize: false },
);

/** Indexes: the memories of a session; those that are to be forgotten, by when. */
export const conversationSchema = new Schema<ConversationDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    sessionId: { type: String, required: true },
    chatflowId: { type: String, required: true },
    provider: { type: String, enum: PROVIDER_NAMES, required: true },
    target: { type: targetSchema, required: true },
    upstreamId: String,
    rememberedFrom: { type: Number, required: true },
    state: { type: String, enum: ['current', 'spent', 'forgotten'], required: true },
    spentAt: Date,
    dueAt: Date,
    attempts: Number,
    createdAt: { type: Date, required: true },
  },
  { collection: 'upstream_conversations', versionKey: false, minimize: false },
)
  .index({ userId: 1, sessionId: 1 }, { name: 'by_user_session' })
  .index({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $exists: true } }, name: 'due' });
