import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { UserErasureStore } from '../../privacy/erasure/user-erasure.store.port.js';
import { RetentionStore } from '../../privacy/retention/retention.store.port.js';
import { MongooseRetentionStore } from './mongoose-retention.store.js';
import { RETENTION_STATE_MODEL, retentionStateSchema } from './retention.schema.js';
import { MongooseUserErasureStore } from './mongoose-user-erasure.store.js';
import { USER_ERASURE_MODEL, userErasureSchema } from './user-erasure.schema.js';

export const PRIVACY_MODELS: ModelDefinition[] = [
  { name: USER_ERASURE_MODEL, schema: userErasureSchema },
  { name: RETENTION_STATE_MODEL, schema: retentionStateSchema },
];
export const PRIVACY_STORES: Provider[] = [
  { provide: UserErasureStore, useClass: MongooseUserErasureStore },
  { provide: RetentionStore, useClass: MongooseRetentionStore },
];
