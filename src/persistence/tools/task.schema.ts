import { Schema } from 'mongoose';
import { TENANT_FIELD } from '../tenant-field.js';

export const ASSISTANT_TASK_MODEL = 'AssistantTask';
export const ASSISTANT_COUNTER_MODEL = 'AssistantCounter';

export interface AssistantTaskRecord {
  /** User and number, which together are the task's identity. */
  _id: string;
  tenantId: string;
  userId: string;
  /** Which of the user's places it has; absent in tasks from before there were places. */
  slot?: number;
  number: number;
  title: string;
  done: boolean;
  createdAt: Date;
  completedAt?: Date;
}

/** The last number given out to a user; it only grows, so that a removed task's number is not used again. */
export interface AssistantCounterRecord {
  _id: string;
  tenantId: string;
  lastNumber: number;
}

/**
 * Indexes, and the query each serves:
 * - `userId, number`: a user's list, oldest first. One task is found by its `_id`.
 * - `userId, slot` unique: how many tasks a user can have; which places are taken.
 */
export const assistantTaskSchema = new Schema<AssistantTaskRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    slot: { type: Number },
    number: { type: Number, required: true },
    title: { type: String, required: true },
    done: { type: Boolean, required: true },
    createdAt: { type: Date, required: true },
    completedAt: { type: Date },
  },
  { collection: 'assistant_tasks', versionKey: false },
);
assistantTaskSchema.index({ userId: 1, number: 1 });
assistantTaskSchema.index(
  { userId: 1, slot: 1 },
  { unique: true, partialFilterExpression: { slot: { $exists: true } }, name: 'by_slot' },
);

/** Only ever found by `_id`, the user's id. */
export const assistantCounterSchema = new Schema<AssistantCounterRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    lastNumber: { type: Number, required: true },
  },
  { collection: 'assistant_counters', versionKey: false },
);
