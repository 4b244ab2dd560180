// Loaded into a server before its own code: SIGUSR2 makes it collect its garbage and tell what is left, so that memory in use can be
// told from what only waits to be collected.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  process.on('SIGUSR2', () => {
    // The kind that also gives memory back.
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    process.send({ heap: heapUsed, buffers: arrayBuffers });
  });
}
