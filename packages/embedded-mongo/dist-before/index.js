import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DirectConnection } from './client/direct-connection.js';
import { workerEntry } from './worker-entry.js';
/**
 * Starts the database of a directory in a worker thread.
 * @throws Error when a living process uses the directory, or its file is damaged
 */
export async function startEmbeddedDatabase(options) {
    const worker = new Worker(workerEntry(), { workerData: { dataDir: options.dataDir }, execArgv: [] });
    const exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    // An error of the thread's is thrown here while it starts; later nobody listens for it, and it ends the process.
    const [{ uri, address }] = (await Promise.race([
        once(worker, 'message'),
        exited.then(() => Promise.reject(new Error('The embedded database stopped while starting'))),
    ]));
    let closing;
    const close = () => {
        worker.postMessage('close');
        return exited;
    };
    return {
        uri,
        connectDirectly: () => new DirectConnection(address),
        close: () => (closing ??= close()),
    };
}
//# sourceMappingURL=index.js.map