import mongoose, { type Model } from 'mongoose';
import type { AuditEntryStore } from '../audit/audit-entry.store.port.js';
import type { UserStore } from '../auth/accounts/user.store.port.js';
import type { RefreshTokenStore } from '../auth/tokens/refresh-token.store.port.js';
import { AUDIT_ENTRY_MODEL, type AuditEntryDocument } from './audit/audit-entry.schema.js';
import { AUDIT_MODELS } from './audit/index.js';
import { MongooseAuditEntryStore } from './audit/mongoose-audit-entry.store.js';
import { AUTH_MODELS } from './auth/index.js';
import { MongooseRefreshTokenStore } from './auth/mongoose-refresh-token.store.js';
import { MongooseUserStore } from './auth/mongoose-user.store.js';
import { REFRESH_TOKEN_MODEL, type RefreshTokenRecord } from './auth/refresh-token.schema.js';
import { USER_MODEL, type UserRecord } from './auth/user.schema.js';
import { CHAT_MODELS } from './chat/index.js';
import { MongooseTurnStore } from './chat/mongoose-turn.store.js';
import {
  CHECKPOINT_MODEL,
  TURN_MODEL,
  type CheckpointDocument,
  type TurnDocument,
} from './chat/turn.schema.js';
import { connectionOptions } from './connection-options.js';
import { DriverOrderedWriter } from './ordered-writes/driver-ordered-writer.service.js';

/** What a command needs that works on users. */
export interface UserStores {
  readonly users: UserStore;
  readonly families: RefreshTokenStore;
  readonly audit: AuditEntryStore;
  /** Has the running turns of a user ended by the instances that they run on. */
  revokeRunning(userId: string, at: Date): Promise<void>;
  close(): Promise<void>;
}

/** @throws what the driver throws when the database cannot be reached */
export async function openUserStores(uri: string): Promise<UserStores> {
  const options = { ...connectionOptions(uri), autoIndex: false, autoCreate: false };
  const connection = await mongoose.createConnection(uri, options).asPromise();
  for (const { name, schema } of [...AUTH_MODELS, ...AUDIT_MODELS, ...CHAT_MODELS])
    connection.model(name, schema);
  const model = <T>(name: string): Model<T> => connection.model<T>(name);
  const turns = new MongooseTurnStore(
    model<TurnDocument>(TURN_MODEL),
    model<CheckpointDocument>(CHECKPOINT_MODEL),
    new DriverOrderedWriter(connection.getClient()),
  );
  return {
    users: new MongooseUserStore(model<UserRecord>(USER_MODEL)),
    families: new MongooseRefreshTokenStore(model<RefreshTokenRecord>(REFRESH_TOKEN_MODEL)),
    audit: new MongooseAuditEntryStore(model<AuditEntryDocument>(AUDIT_ENTRY_MODEL)),
    revokeRunning: (userId, at) => turns.revokeRunning(userId, at),
    close: () => connection.close(),
  };
}
