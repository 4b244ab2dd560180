import { DirectConnection } from './client/direct-connection.js';
import { startDatabaseThread } from './database-thread.js';

export type { DirectConnection } from './client/direct-connection.js';

export interface EmbeddedDatabaseOptions {
  /** Where the data lives; made with mode 0700 when it is not there. */
  readonly dataDir: string;
}

/** A running embedded database. */
export interface EmbeddedDatabase {
  /** Ready for `mongoose.connect(uri, { dbName })`. */
  readonly uri: string;
  /** A connection that needs no driver; to be closed by whoever asked for it. */
  connectDirectly(): DirectConnection;
  /** Makes everything accepted durable, releases the directory and stops the worker. Close the clients first. */
  close(): Promise<void>;
}

/**
 * Starts the database of a directory in a worker thread.
 * @throws Error when a living process uses the directory, or its file is damaged
 */
export async function startEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
  const database = await startDatabaseThread(options.dataDir);
  let closing: Promise<void> | undefined;
  return {
    uri: database.uri,
    connectDirectly: () => new DirectConnection(database.address),
    close: () => (closing ??= database.close()),
  };
}
