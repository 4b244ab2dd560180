import type { mongo } from 'mongoose';
import { isOnlyDuplicates } from './duplicate-key.js';

/**
 * Inserts those documents that are not there yet, in any order; one that is there was stored before, and stays as it is.
 * @throws whatever the database refuses for another reason than a unique index
 */
export async function insertMissing<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  documents: readonly mongo.OptionalUnlessRequiredId<T>[],
): Promise<void> {
  try {
    await collection.insertMany(documents, { ordered: false });
  } catch (error) {
    if (!isOnlyDuplicates(error)) throw error;
  }
}
