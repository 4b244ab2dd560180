import type { mongo } from 'mongoose';
import { insertMissing as insertMissingInto } from '../insert-missing.js';
import type { MigrationContext } from './migration.js';
import { rawCollection, type RawRecord } from './raw-record.js';

type Filter = mongo.Filter<RawRecord>;
type Operation = mongo.AnyBulkWriteOperation<RawRecord>;

/**
 * The matching documents of a collection in the order of their ids, a batch at a time. What is done with a batch may change or remove its
 * documents, and may add others: those are met too if they match and come later.
 */
export async function* batches(
  context: MigrationContext,
  name: string,
  filter: Filter,
  projection?: Readonly<Record<string, 0 | 1>>,
): AsyncGenerator<readonly RawRecord[]> {
  const collection = rawCollection(context.db, name);
  for (let last: string | undefined; ;) {
    context.signal.throwIfAborted();
    const batch: RawRecord[] = await collection
      .find(last === undefined ? filter : { ...filter, _id: { $gt: last } }, projection && { projection })
      .sort({ _id: 1 })
      .limit(context.batchSize)
      .toArray();
    if (batch.length > 0) yield batch;
    context.signal.throwIfAborted();
    context.progress(batch.length);
    if (batch.length < context.batchSize) return;
    last = batch.at(-1)?._id;
  }
}

/** Writes them all, in no order; none is no write. */
export async function writeAll(
  context: MigrationContext,
  name: string,
  operations: readonly Operation[],
): Promise<void> {
  if (operations.length === 0) return;
  await rawCollection(context.db, name).bulkWrite([...operations], { ordered: false });
}

/**
 * Gives documents other ids. The new ones are written before the old ones go, so that a crash in between leaves both, and the next run finds
 * the old ones again.
 */
export async function rekey(
  context: MigrationContext,
  name: string,
  pairs: readonly { readonly from: string; readonly to: RawRecord }[],
): Promise<void> {
  if (pairs.length === 0) return;
  await insertMissing(
    context,
    name,
    pairs.map(({ to }) => to),
  );
  const collection = rawCollection(context.db, name);
  const there = await collection.countDocuments({
    _id: { $in: pairs.map(({ to }) => to._id) },
    tenantId: { $exists: true },
  });
  if (there !== pairs.length) throw new Error(`An id of ${name} is taken by another document.`);
  await collection.deleteMany({ _id: { $in: pairs.map(({ from }) => from) } });
}

/** Inserts those that are not there yet. */
export async function insertMissing(
  context: MigrationContext,
  name: string,
  documents: readonly RawRecord[],
): Promise<void> {
  if (documents.length > 0) await insertMissingInto(rawCollection(context.db, name), documents);
}
