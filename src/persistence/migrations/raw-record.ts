import type { mongo } from 'mongoose';

/** A document as it lies in the database, whatever version wrote it. Every collection of ours has strings as ids. */
export type RawRecord = Record<string, unknown> & { readonly _id: string };
export type RawCollection = mongo.Collection<RawRecord>;

/** The collection by its name: a step must not change its meaning when a schema does, so no model is used. */
export function rawCollection(db: mongo.Db, name: string): RawCollection {
  return db.collection<RawRecord>(name);
}
