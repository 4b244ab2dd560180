import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { startEmbeddedProcess, type EmbeddedProcess } from '../../test/support/embedded-process.js';
import { describeWhereSyncsFail, FailingSyncs } from '../../test/support/failing-syncs.js';

interface Item {
  _id: number;
  text: string;
}

describeWhereSyncsFail()('a sync that fails', () => {
  let dataDir: string;
  let database: EmbeddedProcess;
  let disk: FailingSyncs | undefined;

  const connect = async (): Promise<mongoose.Connection> =>
    mongoose.createConnection(database.uri, { dbName: 'spec' }).asPromise();
  const kill = async () => {
    await disk?.end();
    await database.kill('SIGKILL');
  };

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-sync-'));
  });
  afterEach(async () => {
    await kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('acknowledges nothing from then on, until a restart finds all that was acknowledged before', async () => {
    database = await startEmbeddedProcess(dataDir);
    let connection = await connect();
    let items = connection.collection<Item>('items');
    await items.createIndex({ text: 1 });
    // Several at once, so that there are connections enough: none is made while the process is being traced.
    await Promise.all(Array.from({ length: 20 }, (_, _id) => items.insertOne({ _id, text: 'before' })));

    disk = await FailingSyncs.from(database.process.pid);
    const refused = {
      code: 39,
      message: expect.stringMatching(/read-only since a write failed.*SQLITE_IOERR_FSYNC.*then restart/),
    };
    // At once, so that the first failure meets a batch of several.
    const writes = [20, 21, 22].map((_id) => items.insertOne({ _id, text: 'lost' }));
    for (const write of writes) await expect(write).rejects.toMatchObject(refused);
    await expect(items.updateOne({ _id: 0 }, { $set: { text: 'lost' } })).rejects.toMatchObject(refused);
    expect(await items.countDocuments({})).toBe(20);

    // The system reports a failure once, and then forgets which pages it has lost: that a sync succeeds now proves nothing.
    await disk.end();
    for (const _id of [23, 24])
      await expect(items.insertOne({ _id, text: 'lost' })).rejects.toMatchObject(refused);
    await expect(items.deleteMany({})).rejects.toMatchObject(refused);
    expect(await items.countDocuments({ text: 'before' })).toBe(20);
    await connection.close();
    await kill();

    database = await startEmbeddedProcess(dataDir);
    connection = await connect();
    items = connection.collection<Item>('items');
    expect(await items.countDocuments({ text: 'before' })).toBe(20);
    // What the one failed batch has left may be there, as after a crash; nothing of what was refused behind it.
    const lost = await items.find({ text: 'lost' }).sort({ _id: 1 }).toArray();
    expect(lost.map(({ _id }) => _id)).toEqual([20, 21, 22].slice(0, lost.length));
    await items.insertOne({ _id: 30, text: 'after' });
    expect((await items.findOne({ _id: 30 }))?.text).toBe('after');
    await connection.close();
  });
});
