import { Schema } from 'mongoose';
import {
  ERASURE_PHASES,
  UNREACHED_REASONS,
  type ErasureCounts,
  type Unreached,
  type UserErasure,
} from '../../privacy/erasure/user-erasure.js';
import type { FieldsOf } from '../fields-of.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const USER_ERASURE_MODEL = 'UserErasure';

/** `_id` is the user's. */
export interface UserErasureDocument extends Omit<UserErasure, 'userId'> {
  readonly _id: string;
}

const COUNT = { type: Number, required: true };
const countsSchema = new Schema(
  {
    sessions: COUNT,
    turns: COUNT,
    messages: COUNT,
    attachments: COUNT,
    apiKeys: COUNT,
    tasks: COUNT,
  } satisfies FieldsOf<ErasureCounts>,
  { _id: false },
);
const unreachedSchema = new Schema(
  {
    chatflowId: { type: String, required: true },
    reason: { type: String, enum: UNREACHED_REASONS, required: true },
  } satisfies FieldsOf<Unreached>,
  { _id: false },
);

/** Indexes: those that are due; those that are done, by the end of their time. All else is asked by `_id`. */
export const userErasureSchema = new Schema<UserErasureDocument>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    phase: { type: String, enum: ERASURE_PHASES, required: true },
    requestedAt: { type: Date, required: true },
    erased: { type: countsSchema, required: true },
    notReached: { type: [unreachedSchema], required: true },
    shutOutAt: Date,
    finishedAt: Date,
    dueAt: Date,
    owner: String,
    expiresAt: Date,
  },
  { collection: 'user_erasures', versionKey: false },
)
  .index({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $exists: true } }, name: 'due' })
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0, name: 'retention' });
