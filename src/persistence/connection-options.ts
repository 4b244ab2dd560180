import type { ConnectOptions } from 'mongoose';
import { endWritesWithTheirSocket } from './closed-sockets.js';

// Whoever connects has this module.
endWritesWithTheirSocket();

const DATABASE_NAME = 'tollgate';
/** Enough for the settlements of a busy instance; more would only queue in the database. */
const MAX_POOL_SIZE = 32;
/** A start may wait for a database that starts as well. */
export const START_SELECTION_TIMEOUT_MS = 5000;
/** A request does not: without a database it is answered by 503 within two seconds, and the client comes back. */
export const SERVER_SELECTION_TIMEOUT_MS = 1500;
/** How often the driver looks whether its servers are there; one that fell silent is noticed after this and `CONNECT_TIMEOUT_MS` together. Requests do not wait for that: `waits/database-silence.ts`. */
const HEARTBEAT_MS = 2000;
const CONNECT_TIMEOUT_MS = 5000;

/** How this product connects; a database named in the URI wins over the default name. */
export function connectionOptions(uri: string): ConnectOptions & { readonly bufferTimeoutMS: number } {
  const named = /^mongodb(?:\+srv)?:\/\/[^/]+\/[^?]/.test(uri);
  return {
    ...(named ? {} : { dbName: DATABASE_NAME }),
    maxPoolSize: MAX_POOL_SIZE,
    serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
    // Mongoose keeps calls back while it has no connection, before the driver is asked: for as long, not for its own ten seconds.
    bufferTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
    heartbeatFrequencyMS: HEARTBEAT_MS,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    // An upstream's event with an undefined member must not come back with a null one.
    ignoreUndefined: true,
  };
}
