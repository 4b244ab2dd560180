import mongoose from 'mongoose';
import { connectionOptions, START_SELECTION_TIMEOUT_MS } from '../connection-options.js';

/** Works on the database that the product uses, through a client of its own. */
export async function withRawDatabase<T>(
  uri: string,
  work: (db: mongoose.mongo.Db) => Promise<T>,
): Promise<T> {
  const { dbName, maxPoolSize, ignoreUndefined } = connectionOptions(uri);
  const client = new mongoose.mongo.MongoClient(uri, {
    ...(maxPoolSize === undefined ? {} : { maxPoolSize }),
    serverSelectionTimeoutMS: START_SELECTION_TIMEOUT_MS,
    ...(ignoreUndefined === undefined ? {} : { ignoreUndefined }),
  });
  try {
    await client.connect();
    return await work(client.db(dbName));
  } finally {
    await client.close();
  }
}
