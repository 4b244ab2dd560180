import { Schema } from 'mongoose';
import type { Role } from '../../auth/principal.js';

export const USER_MODEL = 'User';

export interface UserRecord {
  _id: string;
  email: string;
  passwordHash: string;
  roles: Role[];
  createdAt: Date;
}

/**
 * Indexes, and the query each serves:
 * - `email` unique: login, and one account per address.
 */
export const userSchema = new Schema<UserRecord>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true },
    passwordHash: { type: String, required: true },
    roles: { type: [String], required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'users', versionKey: false },
);
userSchema.index({ email: 1 }, { unique: true });
