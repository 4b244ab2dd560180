import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { connectionOptions } from '../../src/persistence/connection-options.js';
import { startDatabaseUnderTest, type DatabaseUnderTest } from '../support/database-under-test.js';

/** What is looked into of a client of the driver. */
interface Inside {
  readonly topology: {
    readonly s: {
      readonly servers: ReadonlyMap<
        string,
        { readonly pool: { readonly connections: { toArray(): { readonly socket: Socket }[] } } }
      >;
    };
  };
}

describe('an operation whose connection has just been reset', () => {
  let dataDir: string;
  let database: DatabaseUnderTest;
  let client: mongoose.mongo.MongoClient;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-closed-'));
    database = await startDatabaseUnderTest(dataDir);
    const { serverSelectionTimeoutMS = 0, heartbeatFrequencyMS = 0 } = connectionOptions(database.uri);
    // With a second connection nobody would notice that the first is never given back.
    client = new mongoose.mongo.MongoClient(database.uri, {
      maxPoolSize: 1,
      serverSelectionTimeoutMS,
      heartbeatFrequencyMS,
    });
    await client.connect();
  });
  afterAll(async () => {
    await client.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is made over another one', async () => {
    const items = client.db('closed').collection<{ _id: number }>('items');
    await items.insertOne({ _id: 0 });
    for (let time = 1; time <= 5; time++) {
      const [server] = (client as unknown as Inside).topology.s.servers.values();
      const [connection] = server?.pool.connections.toArray() ?? [];
      // As a socket is that was reset: destroyed, and the event 'close' is yet to come.
      connection?.socket.destroy(time % 2 === 0 ? new Error('reset') : undefined);
      expect(await items.findOne({ _id: time - 1 })).toEqual({ _id: time - 1 });
      await items.insertOne({ _id: time });
    }
  });
});
