import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelDefinition } from '@nestjs/mongoose';
import mongoose, { type Connection } from 'mongoose';
import { DirectOrderedWriter } from '../../../src/persistence/ordered-writes/direct-ordered-writer.service.js';
import { DriverOrderedWriter } from '../../../src/persistence/ordered-writes/driver-ordered-writer.service.js';
import { isEmbedded, startDatabaseUnderTest } from '../../support/database-under-test.js';
import { capture } from '../../support/database-language/listed-commands.js';
import type { DirectConnection } from '@tollgate/embedded-mongo';
import { unwatch, watch } from './open-databases.js';
import type { OrderedWriter } from '../../../src/persistence/ordered-writes/ordered-writer.port.js';
import { dropCollections } from '../../support/drop-collections.js';

/** The ways to make ordered writes on the database under test. */
export const ORDERED_WRITERS: readonly WriterKind[] = isEmbedded ? ['driver', 'direct'] : ['driver'];
type WriterKind = 'driver' | 'direct';

/** A database of the test's own, with the models' indexes built. */
export interface TestDatabase {
  readonly connection: Connection;
  /** The model of this name; typed by whoever injects it. */
  model(name: string): never;
  /** @throws Error for `direct` on a server that is not embedded */
  writer(kind: WriterKind): OrderedWriter;
  /** Removes all documents, for a test that needs to be the first; quicker than another database. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** On the server under test. */
export async function openTestDatabase(definitions: readonly ModelDefinition[]): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-contract-'));
  const { uri, direct, close } = await startDatabaseUnderTest(dataDir);
  const captured: Pick<DirectConnection, 'run'> | undefined = direct && {
    run: (command) => {
      capture(command);
      return direct.run(command);
    },
  };
  const dbName = `contract-${process.pid}-${Date.now()}`;
  const connection = await mongoose.createConnection(uri, { dbName, monitorCommands: true }).asPromise();
  await Promise.all(definitions.map(({ name, schema }) => connection.model(name, schema).init()));
  watch(connection);
  return {
    connection,
    model: (name) => connection.model(name) as never,
    writer: (kind) => {
      if (kind === 'driver') return new DriverOrderedWriter(connection.getClient());
      if (captured === undefined) throw new Error('Only an embedded database can be reached directly');
      return new DirectOrderedWriter(captured);
    },
    clear: async () => {
      for (const { collection } of Object.values(connection.models))
        await connection.collection(collection.collectionName).deleteMany({});
    },
    close: async () => {
      try {
        await unwatch(connection);
      } finally {
        await dropCollections(connection.db);
        await connection.close();
        await close();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
}
