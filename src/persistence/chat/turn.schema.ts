import { Schema } from 'mongoose';
import type { TurnOpening, Lease, Settlement, TurnStatus } from '../../chat/turn/turn.js';
import type { StoredAnswer } from '../../chat/turn/stored-answer.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const TURN_MODEL = 'Turn';
export const CHECKPOINT_MODEL = 'TurnCheckpoint';

/** A turn as it lies in the database: the record, with its id as `_id`. */
export interface TurnDocument extends Omit<TurnOpening, 'id'> {
  readonly _id: string;
  readonly status: TurnStatus;
  readonly lease?: Lease;
  readonly settlement?: Settlement;
  readonly charged?: number;
}

/**
 * Indexes, and what they are for:
 * - one running turn per session; also `activeTurnId` of a session
 * - one turn per idempotency key of a user
 * - running turns by the end of their lease, for recovery
 */
export const turnSchema = new Schema<TurnDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    accountId: { type: String, required: true },
    sessionId: { type: String, required: true },
    chatflowId: { type: String, required: true },
    provider: { type: String, required: true },
    question: String,
    price: { type: Number, required: true },
    chatflowVersion: Number,
    chargeOnStop: Boolean,
    onDisconnect: Schema.Types.Mixed,
    idempotencyKey: String,
    requestHash: String,
    userMessageId: String,
    messageId: String,
    startedAt: Date,
    status: { type: String, required: true },
    lease: { type: { owner: String, fence: Number, expiresAt: Date }, _id: false },
    settlement: Schema.Types.Mixed,
    charged: Number,
  },
  { collection: 'turns', versionKey: false, minimize: false },
)
  .index(
    { sessionId: 1 },
    { unique: true, partialFilterExpression: { status: 'running' }, name: 'running_by_session' },
  )
  .index(
    { userId: 1, idempotencyKey: 1 },
    { unique: true, partialFilterExpression: { idempotencyKey: { $exists: true } }, name: 'by_key' },
  )
  .index(
    { 'lease.expiresAt': 1 },
    { partialFilterExpression: { status: 'running' }, name: 'running_by_lease' },
  );

/** A piece of an answer, kept only while its turn runs. `_id` is `turnId:sequence`. */
export interface CheckpointDocument {
  readonly _id: string;
  readonly turnId: string;
  readonly sequence: number;
  readonly part: StoredAnswer;
  readonly createdAt: Date;
}

/** A fenced-out owner may leave a piece behind; nobody will ever want it. */
const ORPHAN_LIFETIME_SECONDS = 24 * 3600;

/** Indexes: the pieces of a turn in order; orphans by age. */
export const checkpointSchema = new Schema<CheckpointDocument>(
  {
    _id: String,
    turnId: { type: String, required: true },
    sequence: { type: Number, required: true },
    part: Schema.Types.Mixed,
    createdAt: Date,
  },
  { collection: 'turn_checkpoints', versionKey: false, minimize: false },
)
  .index({ turnId: 1, sequence: 1 }, { name: 'by_turn' })
  .index({ createdAt: 1 }, { expireAfterSeconds: ORPHAN_LIFETIME_SECONDS, name: 'orphans' });
