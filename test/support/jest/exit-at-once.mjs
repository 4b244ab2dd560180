// For jest's workers, which `scripts/jest.mjs` starts with it: a worker that has nothing left to do is gone at once. Node would first take a heap of hundreds of
// contexts apart, and jest, which waits half a second, would report a worker that is kept alive by what tests have left open.
import { isMainThread } from 'node:worker_threads';

if (process.env.JEST_WORKER_ID !== undefined && isMainThread)
  // Not before there is nothing left: what does keep a worker alive is still reported.
  process.on('exit', () => process.exit());
