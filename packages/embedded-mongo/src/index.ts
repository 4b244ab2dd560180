import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DirectConnection } from './client/direct-connection.js';
import type { WireServer } from './server/server.js';
import { workerEntry } from './worker-entry.js';

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
  const worker = new Worker(workerEntry(), { workerData: { dataDir: options.dataDir }, execArgv: [] });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  // An error of the thread's is thrown here while it starts; later nobody listens for it, and it ends the process.
  const [{ uri, address }] = (await Promise.race([
    once(worker, 'message'),
    exited.then(() => Promise.reject(new Error('The embedded database stopped while starting'))),
  ])) as [Pick<WireServer, 'uri' | 'address'>];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    worker.postMessage('close');
    return exited;
  };
  return {
    uri,
    connectDirectly: () => new DirectConnection(address),
    close: () => (closing ??= close()),
  };
}
