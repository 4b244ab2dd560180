import { Schema } from 'mongoose';
import { TENANT_FIELD } from '../tenant-field.js';

export const REFRESH_TOKEN_MODEL = 'RefreshTokenFamily';

export interface RefreshTokenRecord {
  _id: string;
  tenantId: string;
  userId: string;
  secretHash: string;
  rotated?: { fromHash: string; at: Date };
  userAgent?: string;
  createdAt: Date;
  expiresAt: Date;
}

/**
 * Indexes, and what each serves:
 * - `_id`: rotation and removal.
 * - `userId, createdAt` descending: where a user is signed in, newest first, and their end.
 * - `expiresAt` TTL: expired logins vanish. The queries check the expiry all the same, because the sweep comes late.
 */
export const refreshTokenSchema = new Schema<RefreshTokenRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    secretHash: { type: String, required: true },
    rotated: {
      type: new Schema(
        { fromHash: { type: String, required: true }, at: { type: Date, required: true } },
        { _id: false },
      ),
    },
    userAgent: { type: String },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'refresh_token_families', versionKey: false },
);
refreshTokenSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
refreshTokenSchema.index({ userId: 1, createdAt: -1 });
