import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { WireServer } from './server/server.js';
import { workerEntry } from './worker-entry.js';

/**
 * Runs the database of a directory on a thread of its own, which ends with it.
 * @throws Error when the directory is in use, or its file is not whole
 */
export async function startDatabaseThread(dataDir: string): Promise<WireServer> {
  const worker = new Worker(workerEntry(), { workerData: { dataDir }, execArgv: [] });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  // An error of the thread's is thrown here while it starts; later nobody listens for it, and it ends the process.
  const [{ uri, address }] = (await Promise.race([
    once(worker, 'message'),
    exited.then(() => Promise.reject(new Error('The embedded database stopped while starting'))),
  ])) as [Pick<WireServer, 'uri' | 'address'>];
  return {
    uri,
    address,
    close: () => {
      worker.postMessage('close');
      return exited;
    },
  };
}
