import type { mongo } from 'mongoose';
import type { MigrationSettings, Stock } from './migration.js';

export const SCHEMA_COLLECTION = 'schema_migrations';
const SCHEMA_ID = 'schema';

/** Collections of version 0: one of them without a record means that the database was never migrated. */
const FIRST_COLLECTIONS: readonly string[] = [
  'users',
  'api_keys',
  'refresh_token_families',
  'credit_accounts',
  'credit_transactions',
  'external_charges',
  'chatflows',
  'turns',
  'turn_checkpoints',
  'chat_sessions',
  'chat_messages',
  'assistant_tasks',
  'assistant_counters',
  'storm_threads',
];

/** A migration that has begun and is not proved yet. */
export interface MigrationUnderWay {
  readonly version: number;
  readonly startedAt: Date;
  readonly settings: MigrationSettings;
  readonly before: Stock;
  /** Names of the steps that are done. */
  readonly steps: readonly string[];
}

export interface SchemaRecord {
  readonly _id: typeof SCHEMA_ID;
  readonly version: number;
  /** Names of all steps that ever ran, oldest first. */
  readonly steps: readonly string[];
  readonly underWay?: MigrationUnderWay;
  readonly updatedAt: Date;
}

/** What a database says about its own version. */
export type SchemaState = { readonly kind: 'new' } | ({ readonly kind: 'known' } & SchemaRecord);

/** The database's version, and how far a migration of it has come. */
export class SchemaRecords {
  private readonly collection: mongo.Collection<SchemaRecord>;

  constructor(private readonly db: mongo.Db) {
    this.collection = db.collection<SchemaRecord>(SCHEMA_COLLECTION);
  }

  async read(): Promise<SchemaState> {
    const record = await this.collection.findOne({ _id: SCHEMA_ID });
    if (record !== null) return { kind: 'known', ...record };
    const found = await this.db.listCollections({}, { nameOnly: true }).toArray();
    if (!found.some(({ name }) => FIRST_COLLECTIONS.includes(name))) return { kind: 'new' };
    return { kind: 'known', _id: SCHEMA_ID, version: 0, steps: [], updatedAt: new Date(0) };
  }

  /** A new database has nothing that could be of an older version. */
  async startAt(version: number, steps: readonly string[]): Promise<void> {
    const fields = { version, steps, updatedAt: new Date() };
    await this.collection.updateOne({ _id: SCHEMA_ID }, { $setOnInsert: fields }, { upsert: true });
  }

  async begin(version: number, underWay: MigrationUnderWay): Promise<void> {
    await this.collection.updateOne(
      { _id: SCHEMA_ID },
      { $set: { underWay, updatedAt: new Date() }, $setOnInsert: { version, steps: [] } },
      { upsert: true },
    );
  }

  async stepDone(name: string): Promise<void> {
    await this.collection.updateOne(
      { _id: SCHEMA_ID, 'underWay.steps': { $ne: name } },
      { $push: { 'underWay.steps': name }, $set: { updatedAt: new Date() } },
    );
  }

  async finish(version: number, steps: readonly string[]): Promise<void> {
    await this.collection.updateOne(
      { _id: SCHEMA_ID },
      { $set: { version, steps, updatedAt: new Date() }, $unset: { underWay: 1 } },
    );
  }
}
