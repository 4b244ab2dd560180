import { Schema } from 'mongoose';
import type { Scope } from '../../contract/principal.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const API_KEY_MODEL = 'ApiKey';

export interface ApiKeyRecord {
  _id: string;
  tenantId: string;
  userId: string;
  /** Which of the user's places it has; absent in keys from before there were places. */
  slot?: number;
  name: string;
  prefix: string;
  keyHash: string;
  /** Of a key that was rotated. */
  previous?: { keyHash: string; until: Date };
  owner?: { email?: string; roles: string[] };
  scopes?: Scope[];
  chatflowIds?: string[];
  requestsPerMinute?: number;
  hasCreditCap?: boolean;
  createdAt: Date;
  expiresAt?: Date;
  lastUsedAt?: Date;
}

const ownerSchema = new Schema(
  { email: { type: String }, roles: { type: [String], required: true } },
  { _id: false },
);

const previousSchema = new Schema(
  { keyHash: { type: String, required: true }, until: { type: Date, required: true } },
  { _id: false },
);

/**
 * Indexes, and the query each serves:
 * - `keyHash` unique: authentication.
 * - `previous.keyHash`: authentication with the secret that a rotation has replaced.
 * - `userId, _id` descending: a user's keys, newest first (ids grow with time).
 * - `userId, slot` unique: how many keys a user can have.
 */
export const apiKeySchema = new Schema<ApiKeyRecord>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    slot: { type: Number },
    name: { type: String, required: true },
    prefix: { type: String, required: true },
    keyHash: { type: String, required: true },
    previous: { type: previousSchema },
    owner: { type: ownerSchema },
    // Without a default: an absent list is not an empty one.
    scopes: { type: [String], default: undefined },
    chatflowIds: { type: [String], default: undefined },
    requestsPerMinute: { type: Number },
    hasCreditCap: { type: Boolean },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date },
    lastUsedAt: { type: Date },
  },
  { collection: 'api_keys', versionKey: false },
);
apiKeySchema.index({ keyHash: 1 }, { unique: true });
apiKeySchema.index(
  { 'previous.keyHash': 1 },
  { partialFilterExpression: { 'previous.keyHash': { $exists: true } }, name: 'by_previous' },
);
apiKeySchema.index({ userId: 1, _id: -1 });
apiKeySchema.index(
  { userId: 1, slot: 1 },
  { unique: true, partialFilterExpression: { slot: { $exists: true } }, name: 'by_slot' },
);
