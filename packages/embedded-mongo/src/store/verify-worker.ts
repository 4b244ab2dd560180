import { parentPort, workerData } from 'node:worker_threads';
import { verifyFile } from './verify.js';

// A large file is verified beside the server, which is ready at once whatever its size.
const { file, stopped } = workerData as { readonly file: string; readonly stopped: Int32Array };
parentPort?.postMessage(verifyFile(file, () => Atomics.load(stopped, 0) === 1) ?? null);
