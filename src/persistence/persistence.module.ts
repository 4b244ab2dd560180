import { Global, Module, type DynamicModule } from '@nestjs/common';
import { MongooseModule, type ModelDefinition } from '@nestjs/mongoose';
import type { Provider } from '@nestjs/common';
import type { DatabaseConfig } from '../config/app-config.js';
import { ACCOUNTING_MODELS, ACCOUNTING_STORES } from './accounting/index.js';
import { ASSISTANT_MODELS, ASSISTANT_STORES } from './assistant/index.js';
import { AUTH_MODELS, AUTH_STORES } from './auth/index.js';
import { CHAT_MODELS, CHAT_STORES } from './chat/index.js';
import { CHATFLOW_MODELS, CHATFLOW_STORES } from './chatflows/index.js';
import { DatabaseReadiness } from './health/database-readiness.js';

const MODELS: ModelDefinition[] = [
  ...AUTH_MODELS,
  ...ACCOUNTING_MODELS,
  ...CHATFLOW_MODELS,
  ...CHAT_MODELS,
  ...ASSISTANT_MODELS,
];
const STORES: Provider[] = [
  ...AUTH_STORES,
  ...ACCOUNTING_STORES,
  ...CHATFLOW_STORES,
  ...CHAT_STORES,
  ...ASSISTANT_STORES,
];

const DATABASE_NAME = 'tollgate';
/** Enough for the settlements of a busy instance; more would only queue in the database. */
const MAX_POOL_SIZE = 32;

/** The only module that knows mongoose: it binds every store port to its implementation. */
@Global()
@Module({})
export class PersistenceModule {
  /** @param uri where mongoose connects; a database named in the URI wins over the default name */
  static register(uri: string, config: Pick<DatabaseConfig, 'autoIndex'>): DynamicModule {
    const named = /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]/.test(uri);
    return {
      module: PersistenceModule,
      imports: [
        MongooseModule.forRoot(uri, {
          ...(named ? {} : { dbName: DATABASE_NAME }),
          autoIndex: config.autoIndex,
          autoCreate: config.autoIndex,
          maxPoolSize: MAX_POOL_SIZE,
          serverSelectionTimeoutMS: 5000,
          // An upstream's event with an undefined member must not come back with a null one.
          ignoreUndefined: true,
          retryAttempts: 1,
          verboseRetryLog: false,
        }),
        MongooseModule.forFeature(MODELS),
      ],
      providers: [...STORES, DatabaseReadiness],
      exports: STORES,
    };
  }
}
