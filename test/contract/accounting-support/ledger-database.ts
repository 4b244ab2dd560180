import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose, { type Connection } from 'mongoose';
import { ACCOUNTING_MODELS } from '../../../src/persistence/accounting/index.js';
import { MongooseCreditAccountStore } from '../../../src/persistence/accounting/mongoose-credit-account.store.js';
import { MongooseCreditTransactionStore } from '../../../src/persistence/accounting/mongoose-credit-transaction.store.js';
import { MongooseExternalChargeStore } from '../../../src/persistence/accounting/mongoose-external-charge.store.js';
import { Clock } from '../../../src/platform/clock.port.js';
import { startDatabaseUnderTest } from '../../support/database-under-test.js';
import { unwatch, watch } from '../support/open-databases.js';
import { createLog } from '../../../src/platform/logging/create-log.js';
import { dropCollections } from '../../support/drop-collections.js';

/** So late that nothing which the database lets expire has done so. */
export const SET_TIME = Date.parse('2126-01-31T12:00:00.000Z');

/** A clock that stands still until it is told otherwise. */
export class SetClock extends Clock {
  time = SET_TIME;
  now(): number {
    return this.time;
  }
}

/** The ledger's stores on a database of their own. */
export interface LedgerDatabase {
  readonly connection: Connection;
  readonly accounts: MongooseCreditAccountStore;
  readonly transactions: MongooseCreditTransactionStore;
  readonly charges: MongooseExternalChargeStore;
  close(): Promise<void>;
}

export const silentLog = createLog({ level: 'silent' });

/** On the server under test. */
export async function openLedgerDatabase(): Promise<LedgerDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-accounting-'));
  const server = await startDatabaseUnderTest(dataDir);
  const dbName = `accounting-${process.pid}-${Date.now()}`;
  const connection = await mongoose
    .createConnection(server.uri, { dbName, maxPoolSize: 32, monitorCommands: true })
    .asPromise();
  const [accounts, transactions, charges] = ACCOUNTING_MODELS.map(({ name, schema }) =>
    connection.model(name, schema),
  );
  await Promise.all([accounts?.init(), transactions?.init(), charges?.init()]);
  watch(connection);
  return {
    connection,
    accounts: new MongooseCreditAccountStore(accounts as never),
    transactions: new MongooseCreditTransactionStore(transactions as never),
    charges: new MongooseExternalChargeStore(charges as never),
    close: async () => {
      try {
        await unwatch(connection);
      } finally {
        await dropCollections(connection.db);
        await connection.close();
        await server.close();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
}
