import type { mongo } from 'mongoose';

/** Drops all that a database has. One by one: the embedded database has no command for all of them, because nothing but tests would ask for it. */
export async function dropCollections(db: mongo.Db | undefined): Promise<void> {
  for (const collection of (await db?.collections()) ?? []) await collection.drop();
}
