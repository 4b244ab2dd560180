import type { mongo } from 'mongoose';
import { StartError } from '../../platform/lifecycle/start.error.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { expectedIndexes, findMissing, titleOf, type ExpectedIndex } from './expected-indexes.js';

/**
 * Builds every index that is not there, one after the other, so that each failure has a name; those that are there stay as they are.
 * @throws StartError that names every index that could not be built and why
 */
export async function buildMissing(db: mongo.Db): Promise<void> {
  const failures: string[] = [];
  for (const { index, state, instead } of await findMissing(db, expectedIndexes())) {
    // Nothing but time is lost with it: what goes by itself goes a little later.
    if (instead !== undefined) await db.collection(index.collection).dropIndex(instead);
    const failure =
      state === 'different'
        ? 'one over the same fields has other rules: drop that one'
        : await build(db, index);
    if (failure !== undefined) failures.push(`  - ${titleOf(index)}: ${failure}`);
  }
  if (failures.length > 0)
    throw new StartError(
      `These indexes of the database could not be built:\n${failures.join('\n')}\nMend that, then run \`npm run db:indexes\`.`,
    );
}

/** @returns why it could not be built */
async function build(db: mongo.Db, index: ExpectedIndex): Promise<string | undefined> {
  const { collection, key, ...options } = index;
  try {
    await db.collection(collection).createIndex(key as mongo.IndexSpecification, options);
    return undefined;
  } catch (error) {
    // The server's own text quotes the values, which may be anybody's mail.
    if (isDuplicateKey(error)) return duplicates(index);
    if ((error as { readonly code?: unknown }).code === undefined) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function duplicates({ collection, key, partialFilterExpression }: ExpectedIndex): string {
  const fields = Object.keys(key);
  const same = JSON.stringify(
    Object.fromEntries(fields.map((field) => [field.replaceAll('.', '_'), `$${field}`])),
  );
  const filter = JSON.stringify(partialFilterExpression ?? {});
  const shown = JSON.stringify(Object.fromEntries(fields.map((field) => [field, 1])));
  return (
    `several documents have the same ${fields.join(', ')}. They are found by ` +
    `db.${collection}.aggregate([{ $match: ${filter} }, { $group: { _id: ${same}, ids: { $push: "$_id" }, n: { $sum: 1 } } }, { $match: { n: { $gt: 1 } } }])` +
    `, in the embedded database beside each other by db.${collection}.find(${filter}, ${shown}).sort(${shown})`
  );
}
