import { Schema } from 'mongoose';
import type { ChatMessage } from '../../chat/records/chat-message.js';
import type { Fork } from '../../chat/records/session-branches.js';
import { FINISH_REASONS } from '../../contract/chat-event.js';
import { TENANT_FIELD } from '../tenant-field.js';
import { feedbackSchema } from './feedback.schema.js';
import { ATTACHMENT_REFS } from './attachment.schema.js';
import { storedEventSchema } from './answer.schema.js';

export const SESSION_MODEL = 'ChatSession';
export const MESSAGE_MODEL = 'ChatMessage';

/** A session; `_id` is made of its user's and its own id, so that two settlements can never make it twice. */
export interface SessionDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly chatflowId: string;
  readonly topic: string;
  /** Whether its user has named it; absent in those that were named before there were other titles. */
  readonly isRenamed?: boolean;
  readonly messageCount: number;
  /** Messages of other branches than the one that was asked last. */
  readonly supersededCount: number;
  /** Ascending by `at`; at most `MAX_FORKS`. */
  readonly forks?: readonly Fork[];
  /** What its turns count of the user's stored bytes; absent before any was counted. */
  readonly storedBytes?: number;
  /** The turn that was counted last; makes counting repeatable. */
  readonly lastTurnId: string;
  readonly lastMessageId?: string;
  readonly lastChatflowId?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Unambiguous whatever the ids hold: the first slash ends the user's. */
export function sessionKey(userId: string, sessionId: string): string {
  return `${encodeURIComponent(userId)}/${sessionId}`;
}

/** All keys of a user's sessions lie between these. */
export function sessionKeysOf(userId: string): { readonly from: string; readonly to: string } {
  const user = encodeURIComponent(userId);
  // The character behind the slash.
  return { from: `${user}/`, to: `${user}0` };
}

/** Index: a user's sessions, newest first. */
export const sessionSchema = new Schema<SessionDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    sessionId: { type: String, required: true },
    chatflowId: { type: String, required: true },
    topic: String,
    isRenamed: Boolean,
    messageCount: { type: Number, required: true },
    supersededCount: { type: Number, required: true },
    forks: { type: [{ at: Number, after: Number }], _id: false, default: undefined },
    storedBytes: Number,
    lastTurnId: String,
    lastMessageId: String,
    lastChatflowId: String,
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { collection: 'chat_sessions', versionKey: false },
).index({ userId: 1, updatedAt: -1, _id: -1 }, { name: 'by_user' });

export interface MessageDocument extends Omit<ChatMessage, 'id'> {
  readonly _id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly chatflowId: string;
}

/** Indexes: a session's messages in order; unique, so that a position is never given twice. What users think of answers, by day. */
export const messageSchema = new Schema<MessageDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    sessionId: { type: String, required: true },
    turnId: { type: String, required: true },
    chatflowId: { type: String, required: true },
    role: { type: String, enum: ['user', 'assistant'], required: true },
    content: String,
    events: { type: [storedEventSchema()], default: undefined },
    attachments: ATTACHMENT_REFS,
    feedback: { type: feedbackSchema },
    status: { type: String, enum: ['completed', 'stopped', 'interrupted'], required: true },
    finishReason: { type: String, enum: FINISH_REASONS },
    charged: Number,
    position: { type: Number, required: true },
    parentId: { type: String, default: null },
    createdAt: { type: Date, required: true },
  },
  { collection: 'chat_messages', versionKey: false, minimize: false },
)
  .index({ userId: 1, sessionId: 1, position: 1 }, { unique: true, name: 'by_user_session' })
  .index(
    { 'feedback.day': 1 },
    { partialFilterExpression: { 'feedback.day': { $exists: true } }, name: 'feedback_by_day' },
  );
