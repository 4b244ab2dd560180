import { Worker } from 'node:worker_threads';
import { DirectConnection } from './client/direct-connection.js';
import { workerEntry } from './worker-entry.js';
import type { WorkerMessage } from './worker.js';

export type { DirectConnection } from './client/direct-connection.js';

type Ready = Extract<WorkerMessage, { kind: 'ready' }>;

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
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      resolve();
    });
  });
  const { uri, address } = await new Promise<Ready>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => {
      reject(new Error('The embedded database stopped while starting'));
    });
    worker.once('message', (message: WorkerMessage) => {
      if (message.kind === 'ready') resolve(message);
      else reject(new Error(message.message));
    });
  });
  worker.removeAllListeners('error');
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    worker.postMessage('close');
    await exited;
  };
  return {
    uri,
    connectDirectly: () => new DirectConnection(address),
    close: () => (closing ??= close()),
  };
}
