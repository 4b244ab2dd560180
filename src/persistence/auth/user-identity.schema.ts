import { createHash } from 'node:crypto';
import { Schema } from 'mongoose';
import { TENANT_FIELD } from '../tenant-field.js';

export const USER_IDENTITY_MODEL = 'UserIdentity';

export interface UserIdentityRecord {
  /** See `identityId`. */
  _id: string;
  tenantId: string;
  issuer: string;
  subject: string;
  userId: string;
  createdAt: Date;
}

/** One id per issuer and subject, of the same length however long they are; neither can contain the character between them. */
export function identityId(issuer: string, subject: string): string {
  return createHash('sha256').update(`${issuer}\0${subject}`).digest('base64url');
}

/**
 * Indexes, and what each serves:
 * - `_id`: who a token's subject is, and that a subject is one user.
 * - `userId`: what the issuer calls a user.
 */
export const userIdentitySchema = new Schema<UserIdentityRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    issuer: { type: String, required: true },
    subject: { type: String, required: true },
    userId: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'user_identities', versionKey: false },
);
userIdentitySchema.index({ userId: 1 });
