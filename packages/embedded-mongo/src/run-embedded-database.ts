import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DamagedDatabaseError } from './errors.js';
import { Executor } from './server/executor.js';
import { listen, type WireServer } from './server/server.js';
import { lockDirectory } from './store/directory-lock.js';
import { SqliteStore } from './store/sqlite-store.js';
import { assertWhole } from './store/verify.js';

/** Up to this size a file is verified before it is served; a larger one beside the server, so that the start stays fast. */
const VERIFIED_AT_START_BYTES = 4 * 1024 * 1024;
const EXPIRY_INTERVAL_MS = 60_000;
/** Once an hour the whole file is looked through for what is left of rows that are gone, if anything was written. */
const TICKS_PER_SWEEP = 60;

/** Runs the database of a directory on the calling thread. @throws Error when the directory is in use, DamagedDatabaseError when its file is not whole */
export async function runEmbeddedDatabase(dataDir: string): Promise<WireServer> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(dataDir);
  let store: SqliteStore | undefined;
  const release = (): void => {
    store?.close();
    unlock();
  };
  try {
    store = openStore(dataDir);
    const executor = new Executor(store);
    const server = await listen(executor, dataDir);
    const stopVerifying = isLarge(store) ? verifyBeside(dataDir, executor) : undefined;
    let ticks = 0;
    const expiry = setInterval(() => {
      executor.expire(Date.now());
      executor.tidy(++ticks % TICKS_PER_SWEEP === 0);
    }, EXPIRY_INTERVAL_MS);
    return {
      ...server,
      close: async () => {
        clearInterval(expiry);
        executor.flush();
        await server.close();
        executor.flush();
        await stopVerifying?.();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

const fileOf = (dataDir: string): string => join(dataDir, 'data.db');
const isLarge = (store: SqliteStore): boolean => store.totalSize() > VERIFIED_AT_START_BYTES;

/**
 * Opens the file of a directory, verified unless it is large.
 * @throws DamagedDatabaseError when it is not whole, also when a directory that once held data comes up empty
 */
export function openStore(dataDir: string): SqliteStore {
  const marker = join(dataDir, 'created.txt');
  const store = new SqliteStore(fileOf(dataDir), existsSync(marker));
  try {
    if (!isLarge(store)) assertWhole(fileOf(dataDir));
  } catch (error) {
    store.close();
    throw error;
  }
  writeFileSync(marker, 'data.db was created here\n');
  return store;
}

/** @returns what stops it, to be called before the process ends; resolves when nothing is read any more */
function verifyBeside(dataDir: string, executor: Executor): () => Promise<void> {
  const stopped = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL('./store/verify-worker.js', import.meta.url), {
    workerData: { file: fileOf(dataDir), stopped },
    execArgv: [],
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.once('message', (damage: string | null) => {
    if (damage !== null) executor.markDamaged(new DamagedDatabaseError(damage));
  });
  worker.once('error', (error) => {
    executor.markDamaged(new DamagedDatabaseError(String(error)));
  });
  return () => {
    // Asked, not terminated: libsql panics when its thread is ended in the middle of a call.
    Atomics.store(stopped, 0, 1);
    return exited;
  };
}
