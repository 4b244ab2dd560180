import { parentPort, workerData } from 'node:worker_threads';
import { verifyFile } from './verify.js';

// A large file is verified beside the server, which is ready at once whatever its size.
parentPort?.postMessage(verifyFile((workerData as { file: string }).file) ?? null);
