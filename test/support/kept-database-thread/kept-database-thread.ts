import { MessageChannel, Worker } from 'node:worker_threads';
import type { WireServer } from '../../../packages/embedded-mongo/src/server/server.js';
import { workerEntry } from '../../../packages/embedded-mongo/src/worker-entry.js';

type Place = Pick<WireServer, 'uri' | 'address'>;

let kept: Worker | undefined;

/**
 * Stands in for the function of this name of the embedded database: all databases of a process run on one thread, which is kept from one to the next. Starting a thread
 * and warming up its code would be a third of what a server costs in a test. The package's own tests and every process that tests start have threads as they are.
 */
export async function startDatabaseThread(dataDir: string): Promise<WireServer> {
  kept ??= startThread();
  const { port1: port, port2: itsPort } = new MessageChannel();
  const closed = new Promise<void>((resolve) => port.once('close', resolve));
  const started = new Promise<Place>((resolve, reject) => {
    // Not `once`: what is listened to keeps the process, as a thread would, until it is closed.
    port.on('message', (answer: Place | { readonly error: Error }) =>
      'error' in answer ? reject(answer.error) : resolve(answer),
    );
  });
  kept.postMessage({ dataDir, port: itsPort }, [itsPort]);
  const { uri, address } = await started;
  return {
    uri,
    address,
    close: () => {
      port.postMessage('close');
      return closed;
    },
  };
}

function startThread(): Worker {
  const runner = new URL('run-embedded-database.js', workerEntry()).href;
  const worker = new Worker(new URL('run-databases.mjs', import.meta.url), {
    workerData: { runner },
    execArgv: [],
  });
  worker.unref();
  return worker;
}
