import { Schema } from 'mongoose';
import type { Role } from '../../contract/principal.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const USER_MODEL = 'User';

export interface UserRecord {
  _id: string;
  tenantId: string;
  tenantSince?: Date;
  accountId: string;
  email?: string;
  passwordHash?: string;
  roles: Role[];
  createdAt: Date;
  disabledAt?: Date;
  signedOutAt?: Date;
  accessRevokedAt?: Date;
  adminClaim?: { id: string; at: Date };
  passwordReset?: { hash: string; expiresAt: Date };
}

/**
 * Indexes, and the query each serves:
 * - `email` unique among those who have one: login, one account per address, and users by the beginning of their e-mail.
 * - `roles`: the admins.
 * - `tenantId`: the users of a tenant.
 * - `disabledAt` among those who have one: the disabled.
 */
export const userSchema = new Schema<UserRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    tenantSince: { type: Date },
    accountId: { type: String, required: true },
    email: { type: String },
    passwordHash: { type: String },
    roles: { type: [String], required: true },
    createdAt: { type: Date, required: true },
    disabledAt: { type: Date },
    signedOutAt: { type: Date },
    accessRevokedAt: { type: Date },
    adminClaim: {
      type: new Schema(
        { id: { type: String, required: true }, at: { type: Date, required: true } },
        { _id: false },
      ),
    },
    passwordReset: {
      type: new Schema(
        { hash: { type: String, required: true }, expiresAt: { type: Date, required: true } },
        { _id: false },
      ),
    },
  },
  { collection: 'users', versionKey: false },
);
userSchema.index({ email: 1 }, { unique: true, partialFilterExpression: { email: { $exists: true } } });
userSchema.index({ roles: 1, _id: -1 });
userSchema.index({ tenantId: 1, _id: -1 });
userSchema.index({ disabledAt: 1 }, { partialFilterExpression: { disabledAt: { $exists: true } } });
