import type { ConnectOptions } from 'mongoose';

const DATABASE_NAME = 'tollgate';
/** Enough for the settlements of a busy instance; more would only queue in the database. */
const MAX_POOL_SIZE = 32;
const SERVER_SELECTION_TIMEOUT_MS = 5000;

/** How this product connects; a database named in the URI wins over the default name. */
export function connectionOptions(uri: string): ConnectOptions {
  const named = /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]/.test(uri);
  return {
    ...(named ? {} : { dbName: DATABASE_NAME }),
    maxPoolSize: MAX_POOL_SIZE,
    serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
    // An upstream's event with an undefined member must not come back with a null one.
    ignoreUndefined: true,
  };
}
