import type { mongo } from 'mongoose';
import { indexesOf } from './expected-indexes.js';
import { isSuperseded, SUPERSEDED } from './superseded-indexes.js';

/** @returns those that are there, as `collection: name` */
export async function findSuperseded(db: mongo.Db): Promise<readonly string[]> {
  return (await superseded(db)).map(({ collection, name }) => `${collection}: ${name}`);
}

/**
 * Drops the indexes of versions before whose place others have taken. For when those are there, and no instance of such a version is: it would read all
 * of an account's ledger where it wants a page.
 */
export async function dropSuperseded(db: mongo.Db): Promise<void> {
  for (const { collection, name } of await superseded(db)) {
    try {
      await db.collection(collection).dropIndex(name);
    } catch (error) {
      // Somebody else has dropped it, or builds another one just now. Only speed rests on it: whoever comes next drops it.
      if ((error as { readonly code?: unknown }).code === undefined) throw error;
    }
  }
}

async function superseded(db: mongo.Db) {
  const found = await Promise.all(
    [...new Set(SUPERSEDED.map(({ collection }) => collection))].map(async (collection) =>
      (await indexesOf(db, collection)).map((index) => ({ collection, ...index })),
    ),
  );
  return found.flat().filter((index) => isSuperseded(index.collection, index));
}
