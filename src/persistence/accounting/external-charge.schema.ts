import { Schema } from 'mongoose';
import { CHARGE_STATES, type ExternalCharge } from '../../accounting/external/external-charge.store.port.js';
import { TURN_OUTCOMES } from '../../contract/chat-event.js';
import { TENANT_FIELD } from '../tenant-field.js';

/** A charge as it is stored; `_id` is the turn's. */
export type ExternalChargeDocument = Omit<ExternalCharge, 'turnId'> & {
  readonly _id: string;
  readonly tenantId: string;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
};

export const EXTERNAL_CHARGE_MODEL = 'ExternalCharge';

/** A finished charge is of use only to whoever repeats its settlement, which nobody does this much later. */
const KEEP_FINISHED_SECONDS = 90 * 24 * 3600;

export const externalChargeSchema = new Schema<ExternalChargeDocument>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    chatflowId: { type: String, required: true },
    amount: { type: Number, required: true },
    state: { type: String, enum: CHARGE_STATES, required: true },
    outcome: { type: String, enum: TURN_OUTCOMES },
    dueAt: Date,
    createdAt: { type: Date, required: true },
    finishedAt: Date,
  },
  { collection: 'external_charges', versionKey: false },
);

// open, markHeld, markRefused, decide, finish, postpone: by _id.
// heldBy: one user's held charges.
externalChargeSchema.index({ userId: 1, state: 1 }, { name: 'user_state' });
// findDue: sparse, so that charges at rest are not in it.
externalChargeSchema.index({ dueAt: 1 }, { sparse: true, name: 'dueAt' });
externalChargeSchema.index(
  { finishedAt: 1 },
  { expireAfterSeconds: KEEP_FINISHED_SECONDS, name: 'finishedAt_ttl' },
);
