import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import {
  startEmbeddedProcess,
  type EmbeddedProcess,
} from '../../packages/embedded-mongo/test/support/embedded-process.js';

const ROOT = join(import.meta.dirname, '../..');
const { MongoClient } = mongoose.mongo;

describe('An export and its import', () => {
  let folder: string;
  let database: EmbeddedProcess;
  let client: InstanceType<typeof MongoClient>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-export-'));
    database = await startEmbeddedProcess(join(folder, 'server'));
    client = await MongoClient.connect(database.uri);
    for (const [name, owner] of [
      ['ours', 'us'],
      ['theirs', 'them'],
    ] as const) {
      const things = client.db(name).collection('things');
      await things.createIndex({ owner: 1 }, { name: 'by_owner' });
      await things.insertOne({
        _id: new mongoose.mongo.ObjectId(),
        owner,
        size: new mongoose.mongo.Double(2),
      });
    }
  });
  afterAll(async () => {
    await client.close();
    await database.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  const uriOf = (name: string) => `${database.uri.replace(/\/$/, '')}/${name}`;
  const file = () => join(folder, 'all.jsonl');
  /** @returns its exit code and what it has told */
  function run(script: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    return new Promise<readonly [code: number, told: string]>((resolve) => {
      execFile(
        process.execPath,
        [`scripts/${script}`, ...words],
        { cwd: ROOT, env: { PATH: process.env.PATH, ...env } },
        (error, _, told) => {
          resolve([error === null ? 0 : Number(error.code), told]);
        },
      );
    });
  }

  it('go by the database that the instances use, and by no other', async () => {
    const [code, told] = await run('db-export.mjs', ['--out', file()], { MONGODB_URI: uriOf('ours') });
    expect([code, told]).toEqual([0, expect.stringContaining('1 documents exported from MongoDB at ')]);
    const lines = (await readFile(file(), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('them');
  });

  it('bring documents and indexes into the database that is named, once', async () => {
    await run('db-export.mjs', ['--out', file(), '--uri', uriOf('ours')]);
    const words = ['--from', file(), '--uri', uriOf('moved')];
    expect(await run('db-import.mjs', words)).toEqual([
      0,
      expect.stringContaining('1 documents imported, 0 '),
    ]);
    expect(await run('db-import.mjs', words)).toEqual([
      0,
      expect.stringContaining('0 documents imported, 1 '),
    ]);
    const moved = client.db('moved').collection('things');
    expect(await moved.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ owner: 'us', size: 2 }]);
    expect((await moved.indexes()).map(({ name }) => name)).toEqual(['_id_', 'by_owner']);
  });

  it('do not put several databases into one', async () => {
    await run('db-export.mjs', ['--out', file(), '--uri', database.uri]);
    const [code, told] = await run('db-import.mjs', ['--from', file(), '--uri', uriOf('mixed')]);
    expect([code, told]).toEqual([1, expect.stringContaining('several databases')]);
  });

  it.each(['backup', 'restore'])('a %s is none of a MongoDB', async (command) => {
    const [code, told] = await run('db-file.mjs', [command, '--out', file()], {
      MONGODB_URI: 'mongodb://someone:secret@db.example/tollgate?tls=true',
    });
    expect([code, told]).toEqual([1, expect.stringContaining('MongoDB at mongodb://db.example/tollgate')]);
    expect(told).not.toContain('secret');
  });
});
