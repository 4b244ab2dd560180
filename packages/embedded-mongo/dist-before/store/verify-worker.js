import { parentPort, workerData } from 'node:worker_threads';
import { verifyFile } from './verify.js';
// A large file is verified beside the server, which is ready at once whatever its size.
const { file, stopped } = workerData;
parentPort?.postMessage(verifyFile(file, () => Atomics.load(stopped, 0) === 1) ?? null);
//# sourceMappingURL=verify-worker.js.map