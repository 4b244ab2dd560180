import { Schema } from 'mongoose';
import { TENANT_FIELD } from '../tenant-field.js';

export const PROVIDER_SESSION_MODEL = 'ProviderSession';

export interface ProviderSessionRecord {
  /** See `providerKey`: of a session, of somebody's tokens without one, or of a logout token that was used. */
  _id: string;
  tenantId: string;
  userId?: string;
  endedAt?: Date;
  expiresAt: Date;
}

/**
 * Indexes, and what each serves:
 * - `_id`: whether a session has ended, and that a logout token is used once.
 * - `expiresAt` TTL: what no token can be good for any more vanishes.
 */
export const providerSessionSchema = new Schema<ProviderSessionRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    userId: { type: String },
    endedAt: { type: Date },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'provider_sessions', versionKey: false },
);
providerSessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
