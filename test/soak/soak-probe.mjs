// Loaded into the server and its worker threads (`NODE_OPTIONS=--import …`): collects their garbage when it is asked over a Unix socket, and says what is left
// and what the process holds. `SOAK_LEAK=bytes` makes it keep so many for each request that comes in: a leak to be found.
import { subscribe } from 'node:diagnostics_channel';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/** Finalizers of one round free what the next finds. */
const ROUNDS = 3;
const BETWEEN_ROUNDS_MS = 30;

// From the event loop: what runs now must not keep alive what it has only touched.
const collect = () => globalThis.gc({ type: 'major', execution: 'async' });
const threads = new BroadcastChannel('soak').unref();
/** The heaps of the other threads as they last said. */
let elsewhere = 0;
threads.onmessage = async ({ data }) => {
  if (isMainThread) {
    elsewhere = data.heapUsed ?? elsewhere;
  } else if (data === 'collect') {
    await collect();
    threads.postMessage({ heapUsed: process.memoryUsage().heapUsed });
  }
};

async function look() {
  for (let round = 0; round < ROUNDS; round++) {
    threads.postMessage('collect');
    await collect();
    await delay(BETWEEN_ROUNDS_MS);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return { heap: heapUsed + elsewhere, external, rss, resources, listeners, warnings };
}

const warnings = [];
if (isMainThread) {
  process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));
  const leaked = [];
  const leakedBytes = Number(process.env.SOAK_LEAK ?? 0);
  if (leakedBytes > 0)
    subscribe('http.server.request.start', () => leaked.push(new Array(leakedBytes / 8).fill(0.5)));
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => look().then((seen) => socket.end(JSON.stringify(seen))));
  });
  server.listen(process.env.SOAK_PROBE);
  server.unref();
}
