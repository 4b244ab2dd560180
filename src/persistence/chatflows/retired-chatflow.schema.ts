import { Schema } from 'mongoose';
import { TENANT_FIELD } from '../tenant-field.js';

export const RETIRED_CHATFLOW_MODEL = 'RetiredChatflow';

export interface RetiredChatflowRecord {
  /** The chatflow's id. */
  _id: string;
  tenantId: string;
  retentionDays: number;
  deletedAt: Date;
  expiresAt: Date;
}

/**
 * Indexes, and what each serves:
 * - `_id`: one for each id, and the list in the order of the ids.
 * - `expiresAt` TTL: those vanish that no session goes by any more.
 */
export const retiredChatflowSchema = new Schema<RetiredChatflowRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    retentionDays: { type: Number, required: true },
    deletedAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'retired_chatflows', versionKey: false },
);
retiredChatflowSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
