// The embedded database in a process of its own, for what must be done to it from outside.
import { MongoClient } from 'mongodb';
import { startProcess } from './process.mjs';

/** @returns its address, its CPU time in microseconds, and how to stop it */
export async function serveDatabase(dataDir, { node } = {}) {
  const { url, cpuMicros, stop } = await startProcess('packages/embedded-mongo/dist/cli/serve.js', {
    args: ['--data-dir', dataDir],
    ready: /(mongodb:\S+)/,
    node,
  });
  return { uri: url, cpuMicros, stop };
}

/** Runs `work` with the product's database in a data folder that nobody else uses meanwhile. */
export async function withDatabase(dataDir, work) {
  const { uri, stop } = await serveDatabase(dataDir);
  const client = await MongoClient.connect(uri);
  try {
    return await work(client.db('tollgate'));
  } finally {
    await client.close();
    await stop();
  }
}
