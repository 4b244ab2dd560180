import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { makeRoom, startEmbeddedProcess, type EmbeddedProcess } from '../../test/support/embedded-process.js';

interface Item {
  _id: number;
  text: string;
}

describe('a full disk', () => {
  let dataDir: string;
  let database: EmbeddedProcess;

  const connect = async (): Promise<mongoose.Connection> =>
    mongoose.createConnection(database.uri, { dbName: 'spec' }).asPromise();

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-full-'));
  });

  afterEach(async () => {
    await database.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  const fill = async (items: mongoose.mongo.Collection<Item>) => {
    let acknowledged = 0;
    let failure: unknown;
    while (failure === undefined && acknowledged < 100_000) {
      await items.insertOne({ _id: acknowledged, text: String(acknowledged).repeat(200) }).then(
        () => acknowledged++,
        (error: unknown) => (failure = error),
      );
    }
    return { acknowledged, failure };
  };

  it('refuses writes with a clear error, loses nothing that was acknowledged, and writes again when there is room', async () => {
    database = await startEmbeddedProcess(dataDir, { fileBlocks: 3000 });
    let connection = await connect();
    let items = connection.collection<Item>('items');
    await items.createIndex({ text: 1 });
    const { acknowledged, failure } = await fill(items);
    expect(failure).toMatchObject({
      code: 14031,
      message: expect.stringMatching(/could not write.*as soon as there is room/),
    });
    await expect(items.updateOne({ _id: 0 }, { $set: { text: 'x' } })).rejects.toMatchObject({ code: 14031 });
    await expect(items.deleteOne({ _id: 0 })).rejects.toMatchObject({ code: 14031 });
    expect(await items.countDocuments({})).toBe(acknowledged);
    expect((await items.findOne({ _id: 0 }))?.text).toBe('0'.repeat(200));

    makeRoom(database.process.pid);
    await items.updateOne({ _id: 0 }, { $set: { text: 'x' } });
    await items.insertOne({ _id: acknowledged, text: 'there is room again' });
    await connection.collection('others').createIndex({ a: 1 });
    expect(await items.countDocuments({})).toBe(acknowledged + 1);
    await connection.close();
    await database.kill('SIGKILL');

    database = await startEmbeddedProcess(dataDir);
    connection = await connect();
    items = connection.collection<Item>('items');
    expect(await items.countDocuments({})).toBe(acknowledged + 1);
    expect((await items.findOne({ _id: 0 }))?.text).toBe('x');
    await connection.close();
  });

  it('is no damage when the process is started again while the disk is full', async () => {
    database = await startEmbeddedProcess(dataDir, { fileBlocks: 3000 });
    let connection = await connect();
    const { acknowledged } = await fill(connection.collection<Item>('items'));
    await connection.close();
    await database.kill('SIGTERM');

    database = await startEmbeddedProcess(dataDir);
    connection = await connect();
    expect(await connection.collection<Item>('items').countDocuments({})).toBe(acknowledged);
    await connection.close();
  });
});
