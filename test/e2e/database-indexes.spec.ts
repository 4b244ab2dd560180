import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import {
  startEmbeddedProcess,
  type EmbeddedProcess,
} from '../../packages/embedded-mongo/test/support/embedded-process.js';
import { buildMissing } from '../../src/persistence/indexes/build-missing.js';
import { dropSuperseded, findSuperseded } from '../../src/persistence/indexes/drop-superseded.js';
import { expectedIndexes, findMissing, isCritical } from '../../src/persistence/indexes/expected-indexes.js';
import { prepareIndexes } from '../../src/persistence/indexes/prepare-indexes.js';
import { probeOperations } from '../../src/persistence/indexes/probe-operations.js';
import { IndexWatch } from '../../src/persistence/health/index-watch.service.js';
import { StartError } from '../../src/platform/lifecycle/start.error.js';
import { RecordingLog } from '../support/auth/auth-fixtures.js';
import { startTestServer } from '../support/test-server.js';

interface Turn {
  readonly _id: string;
  readonly userId: string;
  readonly keyHash: string;
}

describe('the indexes of a database that is not our own', () => {
  let dataDir: string;
  let database: EmbeddedProcess;
  let client: mongoose.mongo.MongoClient;
  let db: mongoose.mongo.Db;
  let log: RecordingLog;
  let databases = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-indexes-'));
    database = await startEmbeddedProcess(dataDir);
    client = await mongoose.mongo.MongoClient.connect(database.uri);
  });
  afterAll(async () => {
    await client.close();
    await database.kill('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(() => {
    db = client.db(`indexes_${++databases}`);
    log = new RecordingLog();
  });

  const uri = () => `${database.uri.replace(/\/$/, '')}/${db.databaseName}`;
  const start = (autoIndex: boolean) => prepareIndexes({ uri: uri(), kind: 'external' }, { autoIndex }, log);
  const duplicate = async () => {
    const turns = db.collection<Turn>('turns');
    await turns.insertMany([
      { _id: 'a', userId: 'somebody', keyHash: 'secret' },
      { _id: 'b', userId: 'somebody', keyHash: 'secret' },
    ]);
  };

  it('are asked for at the start, which names each that correctness rests on and the command', async () => {
    const refused = await start(false).catch((error: unknown) => error as Error);
    expect(refused).toBeInstanceOf(StartError);
    const { message } = refused as Error;
    for (const { collection, name } of expectedIndexes().filter(isCritical))
      expect(message).toContain(`${collection}: ${name} (missing)`);
    expect(message).not.toContain('by_user (');
    expect(message).toContain('npm run db:indexes');

    await buildMissing(db);
    await start(false);
    expect(log.lines).toEqual([]);
  });

  it('must have the rules that were declared', async () => {
    await buildMissing(db);
    const turns = db.collection('turns');
    await turns.dropIndex('by_key_hash');
    await turns.createIndex({ userId: 1, keyHash: 1 }, { name: 'by_key_hash' });
    await expect(start(false)).rejects.toThrow(/turns: by_key_hash \(there is one .* drop that one\)/);
    await expect(start(true)).rejects.toThrow(/turns: by_key_hash: one over the same fields has other rules/);
  });

  it('are made anew when only the time differs after which documents go, and are no reason not to serve', async () => {
    const server = await startTestServer({ MONGODB_URI: uri() });
    try {
      const pieces = db.collection('turn_checkpoints');
      await pieces.dropIndex('orphans');
      await pieces.createIndex({ createdAt: 1 }, { name: 'orphans', expireAfterSeconds: 24 * 3600 });
      await server.get(IndexWatch).look();
      await server.request.get('/health/ready').expect(200);
    } finally {
      await server.close();
    }
    await start(false);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { indexes: ['turn_checkpoints: orphans'] } }]);
    await start(true);
    expect(await findMissing(db, expectedIndexes())).toEqual([]);
  });

  it('of versions before that others have replaced are in nobody’s way, stay for those versions, and go when told', async () => {
    const newest = { accountId: 1, createdAt: -1, _id: -1 } as const;
    const ofSession = { userId: 1, sessionId: 1, position: 1, _id: 1 } as const;
    await db.collection('credit_transactions').createIndex(newest, { name: 'account_newest' });
    await db.collection('credit_transactions').createIndex({ kind: 1 }, { name: 'account_kind_createdAt' });
    // Over the fields of one that is expected, and partial.
    await db.collection('turns').createIndex(ofSession, { name: 'by_user_session' });
    await start(true);
    await start(false);
    expect(log.lines).toEqual([]);
    expect(await findSuperseded(db)).toEqual([
      'turns: by_user_session',
      'credit_transactions: account_newest',
    ]);
    await Promise.all([dropSuperseded(db), dropSuperseded(db)]);
    expect(await findSuperseded(db)).toEqual([]);
    expect(await findMissing(db, expectedIndexes())).toEqual([]);
    const left = (await db.collection('credit_transactions').listIndexes().toArray()).map(({ name }) =>
      String(name),
    );
    expect(left).toEqual(['_id_', 'account_kind_createdAt', 'account_kind_newest']);
  });

  it('that only speed rests on are missed in the log', async () => {
    await buildMissing(db);
    await db.collection('chat_sessions').dropIndex('by_user');
    await start(false);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { indexes: ['chat_sessions: by_user'] } }]);
  });

  it('are built by a start in development, which says what keeps one from being built, without the values', async () => {
    await duplicate();
    const refused = await start(true).catch((error: unknown) => error as Error);
    const { message } = refused as Error;
    expect(refused).toBeInstanceOf(StartError);
    expect(message).toContain('turns: by_key_hash: several documents have the same userId, keyHash');
    expect(message).toContain('db.turns.aggregate(');
    expect(message).not.toContain('secret');
    // The others are there all the same.
    expect((await findMissing(db, expectedIndexes())).map(({ index }) => index.name)).toEqual([
      'by_key_hash',
    ]);

    await db.collection<Turn>('turns').deleteOne({ _id: 'b' });
    await start(true);
    expect(await findMissing(db, expectedIndexes())).toEqual([]);
  });

  it('are found by what the message shows', async () => {
    await duplicate();
    const { message } = (await start(true).catch((error: unknown) => error)) as Error;
    const given = (pattern: RegExp): unknown[] => {
      const [, text = ''] = pattern.exec(message) ?? [];
      return JSON.parse(`[${text.replaceAll(/([{ ])(\$?\w+):/g, '$1"$2":')}]`) as unknown[];
    };
    const rule = { keyHash: { $exists: true } };
    expect(given(/db\.turns\.aggregate\(\[(.*)\]\)/)).toEqual([
      { $match: rule },
      {
        $group: { _id: { userId: '$userId', keyHash: '$keyHash' }, ids: { $push: '$_id' }, n: { $sum: 1 } },
      },
      { $match: { n: { $gt: 1 } } },
    ]);
    const [filter, fields] = given(/\.find\((.*)\)\.sort/) as [object, Record<string, 1>];
    const found = await db.collection('turns').find(filter, { projection: fields }).sort(fields).toArray();
    expect(found.map(({ _id }) => String(_id))).toEqual(['a', 'b']);
  });

  it('are watched: without one the instance is not ready, and says which', async () => {
    const server = await startTestServer({ MONGODB_URI: uri() });
    try {
      await server.request.get('/health/ready').expect(200);
      await db.collection('users').dropIndex('email_1');
      await server.get(IndexWatch).look();
      const { body } = await server.request.get('/health/ready').expect(503);
      expect(body).toMatchObject({
        checks: { database: 'up', indexes: 'down' },
        details: { indexes: { 'users: email_1': 'missing' } },
      });
      await buildMissing(db);
      await server.get(IndexWatch).look();
      await server.request.get('/health/ready').expect(200);
    } finally {
      await server.close();
    }
  });

  it('are worth nothing where unique ones are not kept: such a server is refused', async () => {
    const refused = probeOperations(forgetful(db));
    await expect(refused).rejects.toThrow(StartError);
    await expect(refused).rejects.toThrow(
      /a partial unique index that refuses a second document \(code 11000\): it did something else/,
    );
    await expect(probeOperations(db)).resolves.toBeUndefined();
    expect(await db.collection('start_probes').countDocuments({})).toBe(0);
  });
});

/** A server that takes `unique` and forgets it, as some do that only resemble MongoDB. */
function forgetful(db: mongoose.mongo.Db): mongoose.mongo.Db {
  return new Proxy(db, {
    get: (target, name) =>
      name !== 'collection'
        ? (Reflect.get(target, name) as unknown)
        : (collection: string) => {
            const real = target.collection(`forgetful_${collection}`);
            real.createIndex = () => Promise.resolve('running_by_run');
            return real;
          },
  });
}
