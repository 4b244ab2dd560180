import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import Database from 'libsql';
import { DamagedDatabaseError } from '../errors.js';
import { keepDamagedLog, readCommitMark } from './commit-mark.js';
import { COMMITS_ROW } from './space-totals.js';
import { verifyFile } from './verify.js';

const BUSY_TIMEOUT_MS = 10_000;

/**
 * Copies the database's file as it is at one moment, while a server may be writing to it: every commit that was acknowledged before the call is
 * in the copy, and none of it is half there. The copy is verified and on the disk before it has its name.
 * @param out must not exist
 * @throws DamagedDatabaseError when the file, or the copy, is not whole; Error when there is nothing to copy or `out` exists
 */
export function backUp(file: string, out: string): void {
  if (!existsSync(file)) throw new Error(`There is no embedded database at ${file}.`);
  if (existsSync(out)) throw new Error(`${out} exists already: choose another name.`);
  const partial = `${out}.partial`;
  rmSync(partial, { force: true });
  const acknowledged = readCommitMark(`${file}-commits`) ?? 0;
  try {
    // Nobody else may read it, from its first byte on.
    closeSync(openSync(partial, 'wx', 0o600));
    copy(file, partial, acknowledged);
    chmodSync(partial, 0o600);
    const damage = verifyFile(partial);
    if (damage !== undefined) throw new DamagedDatabaseError(damage);
    syncFile(partial);
    renameSync(partial, out);
  } finally {
    for (const name of [partial, `${partial}-wal`, `${partial}-shm`, `${partial}-journal`])
      rmSync(name, { force: true });
  }
}

/** @param acknowledged commits that the file must have */
function copy(file: string, out: string, acknowledged: number): void {
  withDatabase(file, (connection) => {
    const row = connection.prepare('SELECT count FROM spaces WHERE space = ?').get([COMMITS_ROW]);
    if (((row as { readonly count: number } | undefined)?.count ?? 0) < acknowledged) {
      keepDamagedLog(file);
      throw new DamagedDatabaseError('acknowledged commits are missing: its write-ahead log was damaged');
    }
    connection.prepare('VACUUM INTO ?').run([out]);
  });
}

function withDatabase<T>(file: string, work: (connection: InstanceType<typeof Database>) => T): T {
  const connection = new Database(file);
  try {
    connection.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    return work(connection);
  } finally {
    connection.close();
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
