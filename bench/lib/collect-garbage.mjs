// Loaded into a server whose memory is measured, and into its worker threads: collects their garbage when the bench asks, so that what is
// measured is what the server holds, not when V8 last felt like collecting. Does nothing before.
import { setTimeout as delay } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const ROUNDS = 4;

// From the event loop: what runs now must not keep alive what it has only touched.
const collect = () => globalThis.gc({ type: 'major', execution: 'async' });
const threads = new BroadcastChannel('collect-garbage').unref();
threads.onmessage = collect;

if (isMainThread) {
  process.on('message', async (message) => {
    if (message !== 'collect-garbage') return;
    // Finalizers of one round free what the next finds.
    for (let round = 0; round < ROUNDS; round++) {
      threads.postMessage('collect');
      await collect();
      await delay(50);
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    process.send({ heap: heapUsed, buffers: arrayBuffers });
  });
}
