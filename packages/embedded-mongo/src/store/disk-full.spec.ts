import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { startEmbeddedProcess, type EmbeddedProcess } from '../../test/support/embedded-process.js';

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

  it('turns the database read-only with a clear error, and loses nothing that was acknowledged', async () => {
    database = await startEmbeddedProcess(dataDir, { fileBlocks: 3000 });
    let connection = await connect();
    let items = connection.collection<Item>('items');
    await items.createIndex({ text: 1 });
    let acknowledged = 0;
    let failure: unknown;
    while (failure === undefined && acknowledged < 100_000) {
      await items.insertOne({ _id: acknowledged, text: String(acknowledged).repeat(200) }).then(
        () => acknowledged++,
        (error: unknown) => (failure = error),
      );
    }
    expect(failure).toMatchObject({
      code: 14031,
      message: expect.stringMatching(/read-only.*Free disk space/),
    });
    await expect(items.updateOne({ _id: 0 }, { $set: { text: 'x' } })).rejects.toMatchObject({ code: 14031 });
    await expect(items.deleteOne({ _id: 0 })).rejects.toMatchObject({ code: 14031 });
    expect(await items.countDocuments({})).toBe(acknowledged);
    expect((await items.findOne({ _id: 0 }))?.text).toBe('0'.repeat(200));
    await connection.close();
    await database.kill('SIGTERM');

    database = await startEmbeddedProcess(dataDir);
    connection = await connect();
    items = connection.collection<Item>('items');
    expect(await items.countDocuments({})).toBe(acknowledged);
    await items.insertOne({ _id: acknowledged, text: 'there is room again' });
    await connection.close();
  });
});
