import { Schema } from 'mongoose';
import type { TurnOpening, Lease, Settlement, StopRequest, TurnStatus } from '../../chat/records/turn.js';
import type { StoredAnswer } from '../../chat/records/stored-answer.js';
import { TURN_OUTCOMES } from '../../contract/chat-event.js';
import { PROVIDER_NAMES } from '../../contract/provider.js';
import { chargeRulesSchema, ON_DISCONNECT } from '../rule-fields.js';
import { TENANT_FIELD } from '../tenant-field.js';
import { ATTACHMENT_REFS } from './attachment.schema.js';
import { storedAnswerSchema } from './answer.schema.js';
import { settlementSchema } from './settlement.schema.js';

export const TURN_MODEL = 'Turn';
export const CHECKPOINT_MODEL = 'TurnCheckpoint';

/** A turn as it lies in the database: the record, with its id as `_id`. */
export interface TurnDocument extends Omit<TurnOpening, 'id'> {
  readonly _id: string;
  readonly kind?: 'deletion';
  readonly status: TurnStatus;
  readonly lease?: Lease;
  readonly settlement?: Settlement;
  readonly charged?: number;
  readonly refunded?: number;
  readonly position?: number;
  readonly parentId?: string;
  readonly watchedUntil?: Date;
  readonly stopRequested?: StopRequest;
  readonly cutOff?: boolean;
  readonly isTold?: boolean;
  readonly deletedAt?: Date;
  /** When the record may go. */
  readonly expiresAt?: Date;
}

/**
 * Whether a document is a turn that began, or the deletion of a session. All else is the marker of a turn that was precluded, which says only
 * whose it would have been.
 */
function hasBegun(this: Partial<TurnDocument>): boolean {
  return this.startedAt !== undefined || this.deletedAt === undefined;
}
const ofEveryTurn = { required: hasBegun };

/**
 * Indexes, and what they are for:
 * - one running turn per session of a user; also `activeTurnId` of a session, and a user's running turns
 * - one turn per idempotency key of a user
 * - the turns of a session, for deletion, by what never changes; in their order those of them that left no messages
 * - turns of clients that repeat their requests by themselves
 * - running turns by the end of their lease, for recovery; by owner, those that are to be stopped
 * - ended turns by the end of their retention
 */
export const turnSchema = new Schema<TurnDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    kind: { type: String, enum: ['deletion'] },
    userId: { type: String, required: true },
    accountId: { type: String, ...ofEveryTurn },
    apiKey: { type: { id: String, isCapped: Boolean }, _id: false, default: undefined },
    sessionId: { type: String, required: true },
    chatflowId: { type: String, ...ofEveryTurn },
    provider: { type: String, enum: PROVIDER_NAMES, ...ofEveryTurn },
    question: String,
    price: { type: Number, ...ofEveryTurn },
    chatflowVersion: Number,
    chargeOnStop: Boolean,
    chargeOn: { type: chargeRulesSchema },
    onDisconnect: { ...ON_DISCONNECT, ...ofEveryTurn },
    keyHash: String,
    requestHash: String,
    repeatHash: String,
    regenerates: { type: { messageId: String }, _id: false, default: undefined },
    follows: { type: String, default: null },
    continues: String,
    attachments: ATTACHMENT_REFS,
    userMessageId: String,
    messageId: String,
    traceparent: String,
    startedAt: { type: Date, ...ofEveryTurn },
    status: { type: String, enum: ['running', ...TURN_OUTCOMES], required: true },
    lease: { type: { owner: String, fence: Number, expiresAt: Date }, _id: false },
    settlement: { type: settlementSchema },
    charged: Number,
    refunded: Number,
    position: Number,
    parentId: String,
    watchedUntil: Date,
    stopRequested: { type: { at: Date, reason: String }, _id: false, default: undefined },
    cutOff: Boolean,
    isTold: Boolean,
    deletedAt: Date,
    expiresAt: Date,
  },
  { collection: 'turns', versionKey: false, minimize: false },
)
  .index(
    { userId: 1, sessionId: 1 },
    { unique: true, partialFilterExpression: { status: 'running' }, name: 'running_by_user_session' },
  )
  .index(
    { userId: 1, keyHash: 1 },
    { unique: true, partialFilterExpression: { keyHash: { $exists: true } }, name: 'by_key_hash' },
  )
  .index({ userId: 1, sessionId: 1, _id: 1 }, { name: 'by_session_of_user' })
  .index(
    { userId: 1, sessionId: 1, position: 1, _id: 1 },
    { partialFilterExpression: { 'settlement.stores': false }, name: 'without_messages' },
  )
  .index(
    { userId: 1, repeatHash: 1, startedAt: 1 },
    { partialFilterExpression: { repeatHash: { $exists: true } }, name: 'by_repeat_hash' },
  )
  .index(
    { 'lease.expiresAt': 1 },
    { partialFilterExpression: { status: 'running' }, name: 'running_by_lease' },
  )
  .index(
    { 'lease.owner': 1 },
    { partialFilterExpression: { stopRequested: { $exists: true } }, name: 'stop_requested' },
  )
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0, name: 'retention' });

/** A piece of an answer, kept only while its turn runs. `_id` is `turnId:sequence`. */
export interface CheckpointDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly turnId: string;
  readonly sequence: number;
  readonly part: StoredAnswer;
  readonly createdAt: Date;
}

/**
 * An owner that was cut off may save a piece behind the end of its turn, and die before it drops it; nobody will ever want that one. But those of a turn that still runs
 * are wanted by whoever recovers it, when no instance was there for days: they are kept for longer than such an outage lasts and a turn may run.
 */
const ORPHAN_LIFETIME_SECONDS = 30 * 24 * 3600;

/** Indexes: the pieces of a turn in order; orphans by age. */
export const checkpointSchema = new Schema<CheckpointDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    turnId: { type: String, required: true },
    sequence: { type: Number, required: true },
    part: { type: storedAnswerSchema(), required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'turn_checkpoints', versionKey: false, minimize: false },
)
  .index({ userId: 1, turnId: 1, sequence: 1 }, { name: 'by_user_turn' })
  .index({ createdAt: 1 }, { expireAfterSeconds: ORPHAN_LIFETIME_SECONDS, name: 'orphans' });
