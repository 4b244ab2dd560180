import { EJSON } from 'bson';
import type { mongo } from 'mongoose';
import { rawCollection, type RawRecord } from '../../src/persistence/migrations/raw-record.js';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Everything in a database, documents and indexes, as lines in an order of their own. */
export async function snapshot(db: mongo.Db): Promise<string[]> {
  const lines: string[] = [];
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    for (const index of await rawCollection(db, name).listIndexes().toArray())
      lines.push(`${name} index ${JSON.stringify(index)}`);
    for await (const document of rawCollection(db, name).find({}))
      lines.push(`${name} ${EJSON.stringify(document, { relaxed: false })}`);
  }
  return lines.sort();
}

/** The same with names in place of the ids that a migration draws, so that two migrations of one database can be compared. */
export async function normalised(db: mongo.Db): Promise<string[]> {
  const names = await namesOfDrawnIds(db);
  const lines = await snapshot(db);
  return lines
    .filter((line) => !line.startsWith('schema_migrations '))
    .map((line) => line.replace(UUID, (id) => names.get(id) ?? id))
    .sort();
}

async function namesOfDrawnIds(db: mongo.Db): Promise<ReadonlyMap<string, string>> {
  const all = (name: string): Promise<RawRecord[]> => rawCollection(db, name).find({}).toArray();
  const names = new Map<string, string>();
  for (const { userId, subject } of await all('user_identities'))
    names.set(String(userId), `user of ${String(subject)}`);
  for (const { _id, accountId } of await all('users'))
    names.set(String(accountId), `account of ${names.get(_id) ?? _id}`);
  for (const { _id, upstreamId } of await all('upstream_conversations'))
    names.set(_id, `conversation of ${String(upstreamId)}`);
  return names;
}
