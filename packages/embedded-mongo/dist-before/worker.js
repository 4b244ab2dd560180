import { parentPort, workerData } from 'node:worker_threads';
import { runEmbeddedDatabase } from './run-embedded-database.js';
const port = parentPort;
if (!port)
    throw new Error('worker.js runs as a worker thread only');
const { dataDir } = workerData;
// What it throws ends the thread, and is told to its owner.
const database = await runEmbeddedDatabase(dataDir);
port.once('message', () => {
    void database.close().then(() => {
        port.close();
    });
});
port.postMessage({ uri: database.uri, address: database.address });
//# sourceMappingURL=worker.js.map