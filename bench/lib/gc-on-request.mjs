// Loaded into a server whose memory is measured: collects garbage when the bench asks, so that what is measured is what
// the server holds, not when V8 last felt like collecting. Does nothing before.
import { setTimeout as delay } from 'node:timers/promises';

const ROUNDS = 3;

process.on('message', async (message) => {
  if (message !== 'collect-garbage') return;
  // Finalizers of one round free what the next finds.
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc();
    await delay(50);
  }
  process.send('collected');
});
