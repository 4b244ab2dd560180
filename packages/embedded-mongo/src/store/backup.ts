import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { acknowledgedCommits, assertCommits } from './commit-mark.js';
import { COMMITS_ROW } from './space-totals.js';
import { assertWhole, withDatabase } from './verify.js';

/**
 * Copies the database's file as it is at one moment, while a server may be writing to it: every commit that was acknowledged before the call is
 * in the copy, and none of it is half there. The copy is verified and on the disk before it has its name.
 * @param out must not exist; its folder is made where there is none
 * @throws DamagedDatabaseError when the file, or the copy, is not whole; Error when there is nothing to copy or `out` exists
 */
export function backUp(file: string, out: string): void {
  if (!existsSync(file)) throw new Error(`There is no embedded database at ${file}.`);
  if (existsSync(out)) throw new Error(`${out} exists already: choose another name.`);
  mkdirSync(dirname(out), { recursive: true, mode: 0o700 });
  const partial = `${out}.partial`;
  rmSync(partial, { force: true });
  const acknowledged = acknowledgedCommits(file);
  try {
    // Nobody else may read it, from its first byte on.
    closeSync(openSync(partial, 'wx', 0o600));
    withDatabase(file, (connection) => {
      const row = connection.prepare('SELECT count FROM spaces WHERE space = ?').get([COMMITS_ROW]);
      assertCommits(file, (row as { readonly count: number } | undefined)?.count ?? 0, acknowledged);
      connection.prepare('VACUUM INTO ?').run([partial]);
    });
    chmodSync(partial, 0o600);
    assertWhole(partial);
    syncFile(partial);
    renameSync(partial, out);
  } finally {
    for (const name of [partial, `${partial}-wal`, `${partial}-shm`, `${partial}-journal`])
      rmSync(name, { force: true });
  }
}

/** Brings a file's bytes to the disk. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
