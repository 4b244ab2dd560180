import { crc32 } from 'node:zlib';
import Database from 'libsql';
import { DamagedDatabaseError } from '../errors.js';
import { entrySpace, META_SPACE, metaChecksum, recordChecksum, recordSpace, withoutRoom } from './rows.js';
import { COMMITS_ROW, NO_TOTALS, plusRow, totalsChecksum, type Totals } from './space-totals.js';
import { BUSY_TIMEOUT_MS, layoutOf, type Connection } from './sqlite-connection.js';

/** Opens a database that others may be writing to, for `work` alone. */
export function withDatabase<T>(file: string, work: (connection: Connection) => T): T {
  const connection = new Database(file);
  try {
    connection.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    return work(connection);
  } finally {
    // Closing waits for statements to be collected: without this the moment that was read would stay reserved.
    if (connection.inTransaction) connection.exec('ROLLBACK');
    connection.close();
  }
}

/**
 * Reads every row of the file once: each must have its checksum, the rows of each keyspace must add up to its totals,
 * and SQLite's own structures must be whole. It sees one moment of the file and does not disturb writers.
 * Returns what is wrong, or undefined.
 * @param isStopped asked for every row; once it says so, nothing more is read and nothing is wrong
 */
export function verifyFile(file: string, isStopped: () => boolean = () => false): string | undefined {
  try {
    return withDatabase(file, (connection) => {
      connection.exec('BEGIN');
      // What a later version writes cannot be judged here.
      layoutOf(connection);
      const damage = verifyRows(connection, isStopped);
      return isStopped() ? undefined : (damage ?? verifyStructure(connection));
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @throws DamagedDatabaseError saying what is wrong */
export function assertWhole(file: string): void {
  const damage = verifyFile(file);
  if (damage !== undefined) throw new DamagedDatabaseError(damage);
}

function verifyRows(connection: Connection, isStopped: () => boolean): string | undefined {
  const found = new Map<number, Totals>();
  const count = (space: number, checksum: number, size: number): void => {
    found.set(space, plusRow(found.get(space) ?? NO_TOTALS, checksum, size, 1));
  };
  function* rows<T>(sql: string): Iterable<T> {
    for (const row of connection.prepare(sql).raw(true).iterate([])) {
      if (isStopped()) return;
      yield row as T;
    }
  }
  let lastRecord = -1;
  for (const [id, stored, checksum] of rows<[number, Buffer, number]>(
    'SELECT id, bytes, checksum FROM records ORDER BY id',
  )) {
    const bytes = withoutRoom(stored);
    if (id <= lastRecord || recordChecksum(id, bytes) !== checksum) return 'checksum of a record';
    lastRecord = id;
    count(recordSpace(id), checksum, bytes.length);
  }
  let lastKey: Buffer = Buffer.alloc(0);
  for (const [key, checksum] of rows<[Buffer, number]>('SELECT key, checksum FROM entries ORDER BY key')) {
    if (Buffer.compare(key, lastKey) <= 0 || crc32(key) !== checksum) return 'checksum of an index entry';
    lastKey = key;
    count(entrySpace(key), checksum, key.length);
  }
  for (const [name, value, checksum] of rows<[string, Buffer, number]>(
    'SELECT name, value, checksum FROM metas',
  )) {
    if (metaChecksum(name, value) !== checksum) return 'checksum of the catalog';
    count(META_SPACE, checksum, value.length);
  }
  for (const [space, expected, size, sum, checksum] of rows<[number, number, number, number, number]>(
    'SELECT space, count, size, sum, checksum FROM spaces',
  )) {
    if (totalsChecksum(space, { count: expected, size, sum }) !== checksum) return 'totals of a keyspace';
    if (space === COMMITS_ROW) continue;
    const totals = found.get(space) ?? NO_TOTALS;
    if (totals.count !== expected || totals.size !== size || totals.sum !== sum)
      return 'rows are missing or there twice';
    found.delete(space);
  }
  return found.size > 0 ? 'rows without totals' : undefined;
}

function verifyStructure(connection: Connection): string | undefined {
  const [first] = connection.prepare('PRAGMA quick_check(1)').raw(true).all([]) as [string][];
  return first?.[0] === 'ok' ? undefined : `structure: ${(first?.[0] ?? 'unreadable').replaceAll('\n', ' ')}`;
}
