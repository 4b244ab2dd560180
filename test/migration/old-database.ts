import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { EJSON } from 'bson';
import mongoose, { type mongo } from 'mongoose';
import { startEmbeddedDatabase, type EmbeddedDatabase } from '@tollgate/embedded-mongo';
import { rawCollection, type RawRecord } from '../../src/persistence/migrations/raw-record.js';

/** Of version 0 the first two, of version 1 the last. */
export type Fixture = 'own-accounts' | 'external-issuer' | 'regenerated';

export const DATABASE = 'tollgate';

interface Line {
  readonly collection: string;
  readonly indexes?: readonly (mongo.IndexDescription & { readonly v?: number })[];
  readonly document?: RawRecord;
}

/** A database on a folder of its own that a test may close, hand to another process, and open again. */
export class TestDatabase {
  private embedded: EmbeddedDatabase | undefined;
  private client: mongo.MongoClient | undefined;

  private constructor(readonly dataDir: string) {}

  static async empty(): Promise<TestDatabase> {
    const database = new TestDatabase(await newFolder());
    await database.open();
    return database;
  }

  /** As the first version left it, with its indexes. Filled once for each test file: the others get a copy of the folder. */
  static async of(fixture: Fixture): Promise<TestDatabase> {
    const filled = filledFolders.get(fixture) ?? fillFolder(fixture);
    filledFolders.set(fixture, filled);
    const database = new TestDatabase(await newFolder());
    await cp(await filled, database.dataDir, { recursive: true });
    await database.open();
    return database;
  }

  async fill(collections: ReturnType<typeof collectionsOf>): Promise<void> {
    for (const { collection, documents, indexes } of collections) {
      const target = rawCollection(this.db, collection);
      await this.db.createCollection(collection);
      if (indexes.length > 0) await target.createIndexes([...indexes]);
      if (documents.length > 0) await target.insertMany([...documents]);
    }
  }

  async open(): Promise<void> {
    this.embedded = await startEmbeddedDatabase({ dataDir: this.dataDir });
    this.client = new mongoose.mongo.MongoClient(this.embedded.uri, { ignoreUndefined: true });
    await this.client.connect();
  }

  get db(): mongo.Db {
    if (this.client === undefined) throw new Error('The database is closed.');
    return this.client.db(DATABASE);
  }

  get uri(): string {
    return this.embedded?.uri ?? '';
  }

  /** All documents of a collection. */
  all(collection: string): Promise<RawRecord[]> {
    return rawCollection(this.db, collection).find({}).toArray();
  }

  async close(): Promise<void> {
    await this.client?.close();
    await this.embedded?.close();
    this.client = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

const filledFolders = new Map<Fixture, Promise<string>>();

/** Scripts outside jest, which have no such hooks, fill none. */
if ('afterAll' in globalThis) {
  afterAll(async () => {
    for (const folder of filledFolders.values()) await rm(await folder, { recursive: true, force: true });
  });
}

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'tollgate-migration-'));

async function fillFolder(fixture: Fixture): Promise<string> {
  const database = await TestDatabase.empty();
  await database.fill(collectionsOf(fixture));
  await database.close();
  return database.dataDir;
}

/** What a fixture holds, collection by collection. */
export function collectionsOf(fixture: Fixture): {
  readonly collection: string;
  readonly indexes: mongo.IndexDescription[];
  readonly documents: readonly RawRecord[];
}[] {
  const found = new Map<string, { indexes: mongo.IndexDescription[]; documents: RawRecord[] }>();
  for (const { collection, indexes, document } of linesOf(fixture)) {
    const entry = found.get(collection) ?? { indexes: [], documents: [] };
    found.set(collection, entry);
    // Without those that remove old documents, or the fixture would get smaller with its age.
    for (const { v: _, ...index } of indexes ?? [])
      if (index.expireAfterSeconds === undefined) entry.indexes.push(index);
    if (document !== undefined) entry.documents.push(document);
  }
  return [...found].map(([collection, entry]) => ({ collection, ...entry }));
}

function linesOf(fixture: Fixture): Line[] {
  const file = join(import.meta.dirname, `../fixtures/migration/${fixture}.jsonl.gz`);
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => EJSON.parse(line) as Line);
}
