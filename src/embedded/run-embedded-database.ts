import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Executor } from './server/executor.js';
import { listen } from './server/server.js';
import { lockDirectory } from './store/directory-lock.js';
import { SqliteStore } from './store/sqlite-store.js';

/** The database of a directory, running on the calling thread. */
export interface RunningDatabase {
  readonly uri: string;
  close(): Promise<void>;
}

/** @throws Error when the directory is in use, DamagedDatabaseError when its file is not whole */
export async function runEmbeddedDatabase(dataDir: string): Promise<RunningDatabase> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(dataDir);
  try {
    const store = new SqliteStore(join(dataDir, 'data.db'));
    const executor = new Executor(store);
    const server = await listen(executor);
    return {
      uri: server.uri,
      close: async () => {
        executor.flush();
        await server.close();
        executor.flush();
        store.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
