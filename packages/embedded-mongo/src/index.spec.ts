import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { startEmbeddedDatabase, type EmbeddedDatabase } from './index.js';

interface User {
  email: string;
  balance: number;
  tags: string[];
}

describe('the embedded database under mongoose', () => {
  let dataDir: string;
  let database: EmbeddedDatabase;
  let connection: mongoose.Connection;
  let users: mongoose.Model<User>;

  const connect = async (): Promise<void> => {
    database = await startEmbeddedDatabase({ dataDir });
    connection = await mongoose.createConnection(database.uri, { dbName: 'spec' }).asPromise();
    users = connection.model<User>(
      'User',
      new mongoose.Schema<User>({ email: { type: String, unique: true }, balance: Number, tags: [String] }),
    );
    await users.init();
  };

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-spec-'));
    await connect();
  });

  afterEach(async () => {
    await connection.close();
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('finds after a restart what was stored before', async () => {
    await users.create({ email: 'ada@example.org', balance: 3, tags: ['x'] });
    await connection.close();
    await database.close();
    await connect();
    expect(await users.findOne({ email: 'ada@example.org' }).lean()).toMatchObject({
      balance: 3,
      tags: ['x'],
    });
  });

  it('refuses a second document with a unique value and names the index', async () => {
    await users.create({ email: 'ada@example.org', balance: 0 });
    await expect(users.create({ email: 'ada@example.org', balance: 0 })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { email: 1 },
      // Without the value, which may be a secret.
      message: 'E11000 duplicate key error collection: spec.users index: email_1',
    });
  });

  it('never overspends under 1,000 parallel conditional updates', async () => {
    const { _id } = await users.create({ email: 'ada@example.org', balance: 300 });
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, () =>
        users.findOneAndUpdate({ _id, balance: { $gte: 1 } }, { $inc: { balance: -1 } }).lean(),
      ),
    );
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(300);
    expect((await users.findById(_id).lean())?.balance).toBe(0);
  });

  it('lets exactly one of many writers of one unique key win', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () =>
        users.collection.insertOne({ email: 'one@example.org', balance: 0, tags: [] }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason.code).toBe(11000);
    expect(await users.countDocuments()).toBe(1);
  });

  it('refuses what it does not implement by name, before anything is written', async () => {
    await users.create({ email: 'ada@example.org', balance: 1 });
    await expect(users.find({ $where: 'true' })).rejects.toMatchObject({
      code: 115,
      message: expect.stringMatching(/\$where.*MONGODB_URI/),
    });
    await expect(
      users.collection.updateMany({}, { $inc: { balance: 1 }, $bit: { balance: { and: 1 } } }),
    ).rejects.toMatchObject({ code: 115 });
    expect((await users.findOne({ email: 'ada@example.org' }).lean())?.balance).toBe(1);
  });

  it('refuses transactions in its own words', async () => {
    const session = await connection.startSession();
    await expect(
      session.withTransaction(() => users.create([{ email: 'tx@example.org', balance: 0 }], { session })),
    ).rejects.toMatchObject({ code: 115, message: expect.stringContaining('MONGODB_URI') });
    await session.endSession();
    expect(await users.countDocuments()).toBe(0);
  });

  it('keeps a second owner out of the data directory', async () => {
    await expect(startEmbeddedDatabase({ dataDir })).rejects.toThrow(/in use by process \d+/);
  });
});
