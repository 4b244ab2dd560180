// Loaded into a server before its own code, and into its worker threads: SIGUSR2 makes all of them collect their garbage, and the
// server tell what is left, so that memory in use can be told from what only waits to be collected.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
// The kind that also gives memory back.
const collect = () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
const threads = new BroadcastChannel('collect-garbage').unref();
threads.onmessage = collect;

if (isMainThread) {
  process.on('SIGUSR2', () => {
    threads.postMessage('collect');
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    process.send({ heap: heapUsed, buffers: arrayBuffers });
  });
}
