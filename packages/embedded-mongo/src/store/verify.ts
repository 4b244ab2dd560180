import { crc32 } from 'node:zlib';
import Database from 'libsql';
import { addToTotals, COMMITS_ROW, totalsChecksum, type Totals } from './space-totals.js';
import { entrySpace, metaChecksum, recordChecksum, recordSpace } from './sqlite-store.js';

const META_SPACE = 0;

/**
 * Reads every row of the file once: each must have its checksum, the rows of each keyspace must add up to its totals,
 * and SQLite's own structures must be whole. It sees one moment of the file and does not disturb writers.
 * Returns what is wrong, or undefined.
 * @param isStopped asked for every row; once it says so, nothing more is read and nothing is wrong
 */
export function verifyFile(file: string, isStopped: () => boolean = () => false): string | undefined {
  const connection = new Database(file);
  try {
    connection.exec('PRAGMA busy_timeout=10000');
    connection.exec('BEGIN');
    return verifyRows(connection, isStopped) ?? (isStopped() ? undefined : verifyStructure(connection));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    // Closing waits for statements to be collected: without this the moment that was read would stay reserved.
    if (connection.inTransaction) connection.exec('ROLLBACK');
    connection.close();
  }
}

function verifyRows(connection: InstanceType<typeof Database>, isStopped: () => boolean): string | undefined {
  const found = new Map<number, Totals>();
  const count = (space: number, checksum: number, size: number): void => {
    const totals = found.get(space) ?? { count: 0, size: 0, sum: 0 };
    addToTotals(totals, checksum, size, 1);
    found.set(space, totals);
  };
  const rows = (sql: string): Iterable<unknown> => connection.prepare(sql).raw(true).iterate([]);
  let lastRecord = -1;
  for (const row of rows('SELECT id, bytes, checksum FROM records ORDER BY id')) {
    const [id, bytes, checksum] = row as [number, Buffer, number];
    if (isStopped()) return undefined;
    if (id <= lastRecord || recordChecksum(id, bytes) !== checksum) return 'checksum of a record';
    lastRecord = id;
    count(recordSpace(id), checksum, bytes.length);
  }
  let lastKey: Buffer = Buffer.alloc(0);
  for (const row of rows('SELECT key, checksum FROM entries ORDER BY key')) {
    const [key, checksum] = row as [Buffer, number];
    if (isStopped()) return undefined;
    if (Buffer.compare(key, lastKey) <= 0 || crc32(key) !== checksum) return 'checksum of an index entry';
    lastKey = key;
    count(entrySpace(key), checksum, key.length);
  }
  for (const row of rows('SELECT name, value, checksum FROM metas')) {
    const [name, value, checksum] = row as [string, Buffer, number];
    if (metaChecksum(name, value) !== checksum) return 'checksum of the catalog';
    count(META_SPACE, checksum, value.length);
  }
  for (const row of rows('SELECT space, count, size, sum, checksum FROM spaces')) {
    const [space, expected, size, sum, checksum] = row as [number, number, number, number, number];
    if (totalsChecksum(space, { count: expected, size, sum }) !== checksum) return 'totals of a keyspace';
    if (space === COMMITS_ROW) continue;
    const totals = found.get(space) ?? { count: 0, size: 0, sum: 0 };
    if (totals.count !== expected || totals.size !== size || totals.sum !== sum)
      return 'rows are missing or there twice';
    found.delete(space);
  }
  return found.size > 0 ? 'rows without totals' : undefined;
}

function verifyStructure(connection: InstanceType<typeof Database>): string | undefined {
  const [first] = connection.prepare('PRAGMA quick_check(1)').raw(true).all([]) as [string][];
  return first?.[0] === 'ok' ? undefined : `structure: ${(first?.[0] ?? 'unreadable').replaceAll('\n', ' ')}`;
}
