import { parentPort, workerData } from 'node:worker_threads';
import type { ServerAddress } from './server/server.js';
import { runEmbeddedDatabase } from './run-embedded-database.js';

/** What the worker tells its owner. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly uri: string; readonly address: ServerAddress }
  | { readonly kind: 'failed'; readonly message: string };

const port = parentPort;
if (!port) throw new Error('worker.js runs as a worker thread only');
const tell = (message: WorkerMessage): void => port.postMessage(message);

try {
  const { dataDir } = workerData as { dataDir: string };
  const database = await runEmbeddedDatabase(dataDir);
  port.once('message', () => {
    void database.close().then(() => {
      port.close();
    });
  });
  tell({ kind: 'ready', uri: database.uri, address: database.address });
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
}
