// The thread of `kept-database-thread.ts`: what `worker.ts` of the embedded database is for one database, for as many as it is asked for.
import { parentPort, workerData } from 'node:worker_threads';

const { runEmbeddedDatabase } = await import(workerData.runner);

parentPort.on('message', ({ dataDir, port }) => {
  run(dataDir, port).catch((error) => {
    port.postMessage({ error });
    port.close();
  });
});

async function run(dataDir, port) {
  const database = await runEmbeddedDatabase(dataDir);
  port.once('message', () => {
    void database.close().then(() => {
      port.close();
    });
  });
  port.postMessage({ uri: database.uri, address: database.address });
}
