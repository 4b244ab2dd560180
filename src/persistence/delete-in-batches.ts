import type { mongo } from 'mongoose';

/**
 * Deletes what a filter finds, some at a time, so that others get their turn in between.
 * @param filter finds by an index, and bounds to a user
 * @returns how many
 */
export async function deleteInBatches<T extends { readonly _id: string; readonly userId: string }>(
  collection: mongo.Collection<T>,
  filter: mongo.Filter<T> & { readonly userId: string },
  perBatch: number,
): Promise<number> {
  const plain = collection as unknown as mongo.Collection<{ _id: string; userId: string }>;
  for (let deleted = 0; ;) {
    const found = await plain
      .find(filter as mongo.Filter<{ _id: string; userId: string }>, { projection: { _id: 1 } })
      .limit(perBatch)
      .toArray();
    if (found.length === 0) return deleted;
    await plain.deleteMany({ _id: { $in: found.map(({ _id }) => _id) }, userId: filter.userId });
    deleted += found.length;
    if (found.length < perBatch) return deleted;
  }
}
