import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DamagedDatabaseError } from './errors.js';
import { Executor } from './server/executor.js';
import { listen, type WireServer } from './server/server.js';
import { lockDirectory } from './store/directory-lock.js';
import { SqliteStore } from './store/sqlite-store.js';
import { verifyFile } from './store/verify.js';

/** The database of a directory, running on the calling thread. */
export interface RunningDatabase extends Pick<WireServer, 'uri' | 'address'> {
  close(): Promise<void>;
}

/** Up to this size a file is verified before it is served; a larger one beside the server, so that the start stays fast. */
const VERIFIED_AT_START_BYTES = 4 * 1024 * 1024;
const EXPIRY_INTERVAL_MS = 60_000;

/** @throws Error when the directory is in use, DamagedDatabaseError when its file is not whole */
export async function runEmbeddedDatabase(dataDir: string): Promise<RunningDatabase> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(dataDir);
  try {
    return await serve(dataDir, () => {
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function serve(dataDir: string, release: () => void): Promise<RunningDatabase> {
  const file = join(dataDir, 'data.db');
  const store = openStore(dataDir);
  try {
    const executor = new Executor(store);
    const verifier = store.totalSize() > VERIFIED_AT_START_BYTES ? verifyBeside(file, executor) : undefined;
    const server = await listen(executor);
    const expiry = setInterval(() => {
      executor.expire(Date.now());
    }, EXPIRY_INTERVAL_MS);
    return {
      uri: server.uri,
      address: server.address,
      close: async () => {
        clearInterval(expiry);
        executor.flush();
        await server.close();
        executor.flush();
        await verifier?.stop();
        store.close();
        release();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Opens the file of a directory, verified unless it is large.
 * @throws DamagedDatabaseError when it is not whole, also when a directory that once held data comes up empty
 */
export function openStore(dataDir: string): SqliteStore {
  const file = join(dataDir, 'data.db');
  const marker = join(dataDir, 'created.txt');
  const store = new SqliteStore(file, { mustExist: existsSync(marker) });
  try {
    const damage = store.totalSize() <= VERIFIED_AT_START_BYTES ? verifyFile(file) : undefined;
    if (damage !== undefined) throw new DamagedDatabaseError(damage);
  } catch (error) {
    store.close();
    throw error;
  }
  writeFileSync(marker, 'data.db was created here\n');
  return store;
}

/** A verification under way; to be stopped before the process ends. */
interface Verifier {
  /** Resolves when nothing is read any more. */
  stop(): Promise<void>;
}

function verifyBeside(file: string, executor: Executor): Verifier {
  const stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL('./store/verify-worker.js', import.meta.url), {
    workerData: { file, stopped },
    execArgv: [],
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.once('message', (damage: string | null) => {
    if (damage !== null) executor.markDamaged(new DamagedDatabaseError(damage));
  });
  worker.once('error', (error) => {
    executor.markDamaged(
      new DamagedDatabaseError(error instanceof Error ? error.message : 'it could not be verified'),
    );
  });
  return {
    stop: () => {
      // Asked, not terminated: libsql panics when its thread is ended in the middle of a call.
      Atomics.store(stopped, 0, 1);
      return exited;
    },
  };
}
