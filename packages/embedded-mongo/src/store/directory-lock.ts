import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';

/**
 * Takes the directory for this process. The lock is the operating system's lock on a small file, held through SQLite:
 * it ends with its process however that ends, so there is no stale lock to clean up and no process id to mistake.
 * @returns what lets others in again
 * @throws Error naming the owner when a living process holds it
 */
export function lockDirectory(directory: string): () => void {
  const owner = join(directory, 'owner.txt');
  const connection = new Database(join(directory, 'lock.db'));
  try {
    connection.exec('PRAGMA locking_mode=EXCLUSIVE');
    connection.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if (!/lock|busy/i.test(error instanceof Error ? error.message : '')) throw error;
    const name = existsSync(owner) ? readFileSync(owner, 'utf8').trim() : '';
    throw new Error(
      `The data directory ${directory} is in use by ${name || 'another process'}. Stop it, or choose another directory.`,
      { cause: error },
    );
  }
  writeFileSync(owner, `process ${process.pid}\n`);
  return () => {
    connection.exec('ROLLBACK');
    connection.close();
  };
}
