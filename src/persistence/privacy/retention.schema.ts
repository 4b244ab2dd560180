import { Schema } from 'mongoose';
import type { WalkState } from '../../privacy/retention/retention.store.port.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const RETENTION_STATE_MODEL = 'RetentionState';
export const WALK_ID = 'walk';

/** Who walks through the sessions, and how far they have come. */
export interface RetentionStateDocument extends WalkState {
  readonly _id: typeof WALK_ID;
  readonly tenantId: string;
  readonly owner: string;
  readonly leaseUntil: Date;
}

export const retentionStateSchema = new Schema<RetentionStateDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    after: String,
    owner: { type: String, required: true },
    leaseUntil: { type: Date, required: true },
  },
  { collection: 'retention_state', versionKey: false },
);
