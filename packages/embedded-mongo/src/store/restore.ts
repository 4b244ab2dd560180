import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFile } from './backup.js';
import { lockDirectory } from './directory-lock.js';
import { assertWhole } from './verify.js';

/**
 * The files of a database in the order in which they leave. At no moment is there an older database that a start would take for a whole one: without
 * its log it lacks acknowledged commits, which the mark tells; without `data.db` it is empty, which `created.txt` tells.
 */
const FILES = ['data.db-wal', 'data.db-shm', 'data.db', 'data.db-commits'] as const;

/**
 * Makes a copy that {@link backUp} made the database of a data folder. What was there is moved aside, not removed. Can be repeated when it was cut off.
 * @returns the folder that has what was there; `undefined` when there was nothing
 * @throws DamagedDatabaseError when the copy is not whole; Error when there is none, or a server runs on the folder
 */
export function restore(dataDir: string, from: string): string | undefined {
  if (!existsSync(from)) throw new Error(`There is no backup at ${from}.`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(dataDir);
  const incoming = join(dataDir, 'data.db.restoring');
  try {
    rmSync(incoming, { force: true });
    copyFileSync(from, incoming, constants.COPYFILE_EXCL);
    // The copy, not the original: SQLite may write beside what it opens.
    assertWhole(incoming);
    syncFile(incoming);
    const aside = moveAside(dataDir);
    renameSync(incoming, join(dataDir, 'data.db'));
    return aside;
  } finally {
    for (const name of [incoming, `${incoming}-wal`, `${incoming}-shm`]) rmSync(name, { force: true });
    unlock();
  }
}

function moveAside(dataDir: string): string | undefined {
  const present = FILES.filter((name) => existsSync(join(dataDir, name)));
  if (present.length === 0) return undefined;
  const folder = join(dataDir, `before-restore-${new Date().toISOString().replaceAll(':', '-')}`);
  mkdirSync(folder, { mode: 0o700 });
  for (const name of present) renameSync(join(dataDir, name), join(folder, name));
  return folder;
}
