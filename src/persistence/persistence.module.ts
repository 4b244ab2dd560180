import { Global, Module, type DynamicModule } from '@nestjs/common';
import { getConnectionToken, MongooseModule } from '@nestjs/mongoose';
import type { Provider } from '@nestjs/common';
import type { Connection } from 'mongoose';
import { ACCOUNTING_STORES } from './accounting/index.js';
import { ASSISTANT_STORES } from './tools/index.js';
import { AUDIT_STORES } from './audit/index.js';
import { AUTH_STORES } from './auth/index.js';
import { CHAT_STORES } from './chat/index.js';
import { CHATFLOW_STORES } from './chatflows/index.js';
import { connectionOptions } from './connection-options.js';
import { DatabaseLog } from '../chat/records/database-log.port.js';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { EmbeddedDatabaseLog } from './erasure/embedded-database-log.service.js';
import { DatabaseReadiness } from './health/database-readiness.service.js';
import { IndexWatch } from './health/index-watch.service.js';
import { InstanceStore } from '../cluster/instance.store.port.js';
import { InstanceRegistry } from './instances/instance-registry.service.js';
import { MongooseInstanceStore } from './instances/mongoose-instance.store.js';
import { PRIVACY_STORES } from './privacy/index.js';
import { MODELS } from './models.js';
import type { OpenDatabase } from './open-database.js';
import { DirectOrderedWriter } from './ordered-writes/direct-ordered-writer.service.js';
import { DriverOrderedWriter } from './ordered-writes/driver-ordered-writer.service.js';
import { OrderedWriter } from './ordered-writes/ordered-writer.port.js';
import { Tracing } from '../platform/tracing/tracing.port.js';
import { CommandSpans } from './tracing/command-spans.service.js';
import { TracedOrderedWriter } from './tracing/traced-ordered-writer.service.js';
import { BoundWaits } from './waits/bound-waits.service.js';
import { DatabaseSilence } from './waits/database-silence.js';

const STORES: Provider[] = [
  ...AUTH_STORES,
  ...AUDIT_STORES,
  ...ACCOUNTING_STORES,
  ...CHATFLOW_STORES,
  ...CHAT_STORES,
  ...ASSISTANT_STORES,
  ...PRIVACY_STORES,
  { provide: InstanceStore, useClass: MongooseInstanceStore },
];

/** With the patience of each, as long as a start waits for its database elsewhere. */
const START_ATTEMPTS = 4;
const START_RETRY_MS = 100;

/** The only module that knows mongoose: it binds every store port to its implementation. */
@Global()
@Module({})
export class PersistenceModule {
  /**
   * @param database a database named in its URI wins over the default name
   * @param isTraced whether its commands are told
   */
  static register(
    { uri, direct, kind }: Pick<OpenDatabase, 'uri' | 'direct' | 'kind'>,
    isTraced: boolean,
  ): DynamicModule {
    return {
      module: PersistenceModule,
      imports: [
        MongooseModule.forRoot(uri, {
          ...connectionOptions(uri),
          // What traces are made of costs something at each command.
          ...(isTraced && { monitorCommands: true }),
          // The start has seen to the indexes, and tells when they could not be built.
          autoIndex: false,
          autoCreate: false,
          // A request's patience is too short for the first connection on a busy machine.
          retryAttempts: START_ATTEMPTS,
          retryDelay: START_RETRY_MS,
          verboseRetryLog: false,
        }),
        MongooseModule.forFeature(MODELS),
      ],
      providers: [
        {
          provide: OrderedWriter,
          inject: [getConnectionToken(), DatabaseSilence, Tracing],
          useFactory: (connection: Connection, silence: DatabaseSilence, tracing: Tracing): OrderedWriter => {
            if (direct === undefined) return new DriverOrderedWriter(connection.getClient(), silence);
            const writer = new DirectOrderedWriter(direct);
            return tracing.isOn ? new TracedOrderedWriter(writer, tracing) : writer;
          },
        },
        {
          provide: DatabaseLog,
          inject: [getConnectionToken(), StructuredLog],
          useFactory: (connection: Connection, log: StructuredLog): DatabaseLog =>
            new EmbeddedDatabaseLog(connection, log, kind === 'embedded' ? true : undefined),
        },
        { provide: DatabaseSilence, useFactory: () => new DatabaseSilence() },
        // The embedded database is a part of this process: no network is between.
        ...(direct === undefined ? [BoundWaits] : []),
        ...STORES,
        DatabaseReadiness,
        InstanceRegistry,
        IndexWatch,
        CommandSpans,
      ],
      exports: [...STORES, DatabaseLog],
    };
  }
}
