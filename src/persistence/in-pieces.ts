import type { mongo } from 'mongoose';

/** Documents that one command looks at, when there may be any number of them: a database with one thread serves others in between. */
export const DOCUMENTS_PER_BATCH = 500;

/**
 * What a query finds, some at a time, by one cursor: a command reads no more than a piece, and the next goes on where the index stands. What is written meanwhile
 * may or may not be among it.
 * @param options goes by the order of an index, or by none: a sort of all documents would be one command's
 */
export async function* inPieces<T extends mongo.Document>(
  collection: mongo.Collection<T>,
  filter: mongo.Filter<T>,
  options: Pick<mongo.FindOptions, 'projection' | 'sort'>,
  perPiece = DOCUMENTS_PER_BATCH,
): AsyncGenerator<readonly mongo.WithId<T>[], void> {
  const cursor = collection.find(filter, { ...options, batchSize: perPiece });
  try {
    for (;;) {
      const first = await cursor.next();
      if (first === null) return;
      yield [first, ...cursor.readBufferedDocuments()];
    }
  } finally {
    await cursor.close();
  }
}
