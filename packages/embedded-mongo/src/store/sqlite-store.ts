import { crc32 } from 'node:zlib';
import { DamagedDatabaseError, WriteFailedError } from '../errors.js';
import { CommitMark, keepDamagedLog, readCommitMark } from './commit-mark.js';
import { SpaceTotals } from './space-totals.js';
import { explained, openConnection, prepare, type Connection, type Statement } from './sqlite-connection.js';

/** Record ids of one keyspace; together with the keyspace they fill the 53 bits of a JavaScript integer. */
const IDS_PER_SPACE = 2 ** 33;
const MAX_SPACE = 2 ** 20;
/** The keyspace whose totals cover the metas. */
const META_SPACE = 0;
/** Rows fetched per read while iterating: few at first, because most reads want one. */
const FIRST_CHUNK = 4;
const LARGEST_CHUNK = 400;

export const recordKey = (space: number, id: number): number => space * IDS_PER_SPACE + id;
/** The keyspace of a row's key. */
export const recordSpace = (key: number): number => Math.floor(key / IDS_PER_SPACE);
export const entrySpace = (key: Buffer): number => key.readUInt32BE(0);
/** Checksums cover the key as well, so that bytes under a wrong key are noticed. */
export const recordChecksum = (key: number, bytes: Buffer): number => crc32(bytes, crc32(String(key)));
export const metaChecksum = (name: string, value: Buffer): number => crc32(value, crc32(name));

/** A record's content and the checksum of it and its key. */
export interface RecordBytes {
  readonly bytes: Buffer;
  readonly checksum: number;
}

export interface StoredRecord extends RecordBytes {
  readonly id: number;
}

export interface EntryRange {
  /** Inclusive. */
  readonly from: Buffer;
  /** Exclusive. */
  readonly to: Buffer;
  readonly descending?: boolean;
}

/**
 * What is stored, in one SQLite file (libsql) in WAL mode with a sync at every commit: per keyspace an ordered tree of records (by number) and one of
 * entries (byte keys that carry their own meaning), and named values beside them. Everything between `begin` and `commit` becomes durable at once or
 * not at all. It is safe to write while iterating.
 */
export class SqliteStore {
  private readonly connection: Connection;
  private readonly totals: SpaceTotals;
  private readonly mark: CommitMark;
  private readonly sql: Record<keyof typeof SQL, Statement>;
  /** Of a write after which no other may be tried. */
  private readOnly: WriteFailedError | undefined;
  private open = false;
  private tookBack = false;

  /** `mustExist`: the file held data before, so an empty one means that it was lost. */
  constructor(file: string, options: { readonly mustExist?: boolean } = {}) {
    this.connection = openConnection(file, options.mustExist ?? false);
    this.totals = new SpaceTotals(this.connection);
    try {
      this.mark = openMark(file, this.totals.commits);
    } catch (error) {
      this.connection.close();
      throw error;
    }
    this.sql = statementsOf(this.connection);
  }

  /** Opens the batch that all following writes belong to. */
  begin(): void {
    if (this.open) return;
    if (this.readOnly !== undefined) throw this.readOnly;
    this.write(() => this.sql.begin.run([]));
    this.open = true;
  }

  /** Makes the batch durable. @throws WriteFailedError when that failed; nothing of the batch is kept then */
  commit(): void {
    if (!this.open) return;
    this.write(() => {
      this.totals.flush();
      this.sql.commit.run([]);
    });
    this.open = false;
    this.mark.write(this.totals.commits);
  }

  rollback(): void {
    this.open = false;
    // A failed write may have ended the transaction already.
    if (this.connection.inTransaction) explained(() => this.connection.exec('ROLLBACK'));
    this.totals.reload();
  }

  /** Runs `work` so that, when it throws, nothing of it stays in the batch. */
  atomically<T>(work: () => T): T {
    this.begin();
    this.write(() => this.sql.savepoint.run([]));
    this.totals.mark();
    try {
      const result = work();
      this.write(() => this.sql.release.run([]));
      this.totals.keep();
      return result;
    } catch (error) {
      if (!(error instanceof WriteFailedError) && !(error instanceof DamagedDatabaseError)) {
        this.write(() => {
          this.sql.undo.run([]);
          this.sql.release.run([]);
        });
        this.tookBack ||= this.totals.restore();
      }
      throw error;
    }
  }

  /** Whether a batch is open. */
  get writing(): boolean {
    return this.open;
  }

  /** Whether `atomically` took writes back since this was last asked. */
  undone(): boolean {
    const { tookBack } = this;
    this.tookBack = false;
    return tookBack;
  }

  /** @param known what the record was when it was read or written last: while it still is, that is what is returned, without a sum over its bytes */
  getRecord(space: number, id: number, known?: RecordBytes): RecordBytes | undefined {
    const key = recordKey(space, id);
    const row = this.sql.getRecord.get([key]) as [Buffer, number] | undefined;
    if (!row) return undefined;
    const [bytes, checksum] = row;
    if (known?.checksum === checksum && known.bytes.equals(bytes)) return known;
    if (recordChecksum(key, bytes) !== checksum) throw new DamagedDatabaseError('checksum of a record');
    return { bytes, checksum };
  }

  /** @param previous what was read for this id, or undefined when it is new @returns what it is now */
  putRecord(space: number, id: number, bytes: Buffer, previous: RecordBytes | undefined): RecordBytes {
    const key = recordKey(space, id);
    const checksum = recordChecksum(key, bytes);
    if (previous) {
      this.write(() => this.sql.updateRecord.run([bytes, checksum, key]));
      this.totals.change(space, previous.checksum, previous.bytes.length, -1);
    } else {
      if (id >= IDS_PER_SPACE) throw new Error('a keyspace ran out of record ids');
      this.write(() => this.sql.putRecord.run([key, bytes, checksum]));
    }
    this.totals.change(space, checksum, bytes.length, 1);
    return { bytes, checksum };
  }

  deleteRecord(space: number, id: number, previous: RecordBytes): void {
    const key = recordKey(space, id);
    this.write(() => this.sql.deleteRecord.run([key]));
    this.totals.change(space, previous.checksum, previous.bytes.length, -1);
  }

  /** In order of their ids, beginning above `after`. */
  *records(space: number, after = 0): IterableIterator<StoredRecord> {
    const end = recordKey(space + 1, 0);
    let last = recordKey(space, after);
    for (let limit = FIRST_CHUNK; ; limit = Math.min(limit * 8, LARGEST_CHUNK)) {
      const rows = this.sql.records.all([last, end, limit]) as [number, Buffer, number][];
      for (const [key, bytes, checksum] of rows) {
        if (recordChecksum(key, bytes) !== checksum || key <= last)
          throw new DamagedDatabaseError('checksum of a record');
        last = key;
        yield { id: key % IDS_PER_SPACE, bytes, checksum };
      }
      if (rows.length < limit) return;
    }
  }

  /** The greatest id in use, 0 when there is none. */
  lastRecordId(space: number): number {
    const [last] = this.sql.lastRecord.get([recordKey(space, 0), recordKey(space + 1, 0)]) as [number | null];
    return last === null ? 0 : last % IDS_PER_SPACE;
  }

  putEntry(space: number, key: Buffer): void {
    const full = entryKey(space, key);
    const checksum = crc32(full);
    this.write(() => this.sql.putEntry.run([full, checksum]));
    this.totals.change(space, checksum, full.length, 1);
  }

  deleteEntry(space: number, key: Buffer): void {
    const full = entryKey(space, key);
    this.write(() => this.sql.deleteEntry.run([full]));
    this.totals.change(space, crc32(full), full.length, -1);
  }

  *entries(space: number, range: EntryRange): IterableIterator<Buffer> {
    let from = entryKey(space, range.from);
    let to = entryKey(space, range.to);
    const statement = range.descending ? this.sql.descending : this.sql.ascending;
    // Nearly always the first one is all that is wanted. By a statement of its own: libsql's `get` behind an `all` answers with what was asked then.
    const first = range.descending ? this.sql.last : this.sql.first;
    for (let limit = 1; ; limit = Math.min(limit * 8, LARGEST_CHUNK)) {
      const rows = (limit === 1 ? firstOf(first.get([from, to])) : statement.all([from, to, limit])) as [
        Buffer,
        number,
      ][];
      for (const [key, checksum] of rows) {
        if (crc32(key) !== checksum) throw new DamagedDatabaseError('checksum of an index entry');
        if (range.descending) to = key;
        else from = Buffer.concat([key, ZERO]);
        yield key.subarray(4);
      }
      if (rows.length < limit) return;
    }
  }

  /** How many records or entries the space holds. */
  count(space: number): number {
    return this.totals.of(space).count;
  }

  /** Bytes of the records or entries of the space. */
  size(space: number): number {
    return this.totals.of(space).size;
  }

  /** Removes the whole space. */
  clear(space: number): void {
    if (!this.totals.has(space)) return;
    this.write(() => {
      this.sql.clearRecords.run([recordKey(space, 0), recordKey(space + 1, 0)]);
      this.sql.clearEntries.run([entryKey(space, EMPTY), entryKey(space + 1, EMPTY)]);
    });
    this.totals.drop(space);
  }

  /** The lowest number above 0 that no space uses. */
  freeSpace(taken: ReadonlySet<number>): number {
    for (let space = META_SPACE + 1; space < MAX_SPACE; space++) if (!taken.has(space)) return space;
    throw new Error('no keyspace is free');
  }

  getMeta(name: string): Buffer | undefined {
    const row = this.sql.getMeta.get([name]) as [Buffer, number] | undefined;
    if (row && metaChecksum(name, row[0]) !== row[1])
      throw new DamagedDatabaseError('checksum of the catalog');
    return row?.[0];
  }

  putMeta(name: string, value: Buffer): void {
    const previous = this.getMeta(name);
    if (previous) this.totals.change(META_SPACE, metaChecksum(name, previous), previous.length, -1);
    const checksum = metaChecksum(name, value);
    this.write(() => this.sql.putMeta.run([name, value, checksum]));
    this.totals.change(META_SPACE, checksum, value.length, 1);
  }

  deleteMeta(name: string): void {
    const previous = this.getMeta(name);
    if (!previous) return;
    this.write(() => this.sql.deleteMeta.run([name]));
    this.totals.change(META_SPACE, metaChecksum(name, previous), previous.length, -1);
  }

  /** All values whose name starts with `prefix`, by name. */
  *metas(prefix: string): Iterable<readonly [string, Buffer]> {
    for (const row of this.sql.metas.all([prefix, `${prefix}\uffff`])) {
      const [name, value, checksum] = row as [string, Buffer, number];
      if (metaChecksum(name, value) !== checksum) throw new DamagedDatabaseError('checksum of the catalog');
      yield [name, value];
    }
  }

  /** Bytes of all records, entries and metas. */
  totalSize(): number {
    let size = 0;
    for (const space of this.totals.spaces()) size += this.totals.of(space).size;
    return size;
  }

  close(): void {
    try {
      this.connection.exec('PRAGMA busy_timeout=100');
      this.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // On a full disk the log stays beside the file; the next start reads both.
    }
    this.connection.close();
    this.mark.close();
  }

  /** Every write goes through here: one that failed for another reason than want of room makes the store read-only until a restart. */
  private write(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      if (error instanceof DamagedDatabaseError) throw error;
      const failure =
        error instanceof WriteFailedError
          ? error
          : new WriteFailedError(error instanceof Error ? error.message : String(error), false);
      if (!failure.recovers) this.readOnly ??= failure;
      throw failure;
    }
  }
}

function statementsOf(connection: Connection): Record<keyof typeof SQL, Statement> {
  const statements = Object.entries(SQL).map(([name, sql]) => [name, prepare(connection, sql)] as const);
  return Object.fromEntries(statements) as Record<keyof typeof SQL, Statement>;
}

const SQL = {
  getRecord: 'SELECT bytes, checksum FROM records WHERE id = ?',
  putRecord: 'INSERT INTO records VALUES (?, ?, ?)',
  updateRecord: 'UPDATE records SET bytes = ?, checksum = ? WHERE id = ?',
  deleteRecord: 'DELETE FROM records WHERE id = ?',
  records: 'SELECT id, bytes, checksum FROM records WHERE id > ? AND id < ? ORDER BY id LIMIT ?',
  lastRecord: 'SELECT max(id) FROM records WHERE id >= ? AND id < ?',
  clearRecords: 'DELETE FROM records WHERE id >= ? AND id < ?',
  putEntry: 'INSERT INTO entries VALUES (?, ?)',
  deleteEntry: 'DELETE FROM entries WHERE key = ?',
  first: 'SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key ASC LIMIT 1',
  last: 'SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT 1',
  ascending: 'SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key ASC LIMIT ?',
  descending: 'SELECT key, checksum FROM entries WHERE key >= ? AND key < ? ORDER BY key DESC LIMIT ?',
  clearEntries: 'DELETE FROM entries WHERE key >= ? AND key < ?',
  getMeta: 'SELECT value, checksum FROM metas WHERE name = ?',
  putMeta:
    'INSERT INTO metas VALUES (?, ?, ?) ON CONFLICT(name) DO UPDATE SET value=excluded.value, checksum=excluded.checksum',
  deleteMeta: 'DELETE FROM metas WHERE name = ?',
  metas: 'SELECT name, value, checksum FROM metas WHERE name >= ? AND name < ? ORDER BY name',
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  savepoint: 'SAVEPOINT command',
  release: 'RELEASE command',
  undo: 'ROLLBACK TO command',
} as const;

const EMPTY = Buffer.alloc(0);
const ZERO = Buffer.alloc(1);

/** @throws DamagedDatabaseError when the database has fewer commits than were acknowledged; the log is kept for who can read more of it */
function openMark(file: string, commits: number): CommitMark {
  const path = `${file}-commits`;
  const acknowledged = readCommitMark(path) ?? 0;
  if (acknowledged <= commits) return new CommitMark(path, commits);
  keepDamagedLog(file);
  throw new DamagedDatabaseError(
    `${acknowledged - commits} of its acknowledged commits are missing: its write-ahead log was damaged, or the file is an older copy; to go on with the state that is left, remove ${path}`,
  );
}

function firstOf(row: unknown): unknown[] {
  return row === undefined ? [] : [row];
}

function entryKey(space: number, key: Buffer): Buffer {
  const full = Buffer.allocUnsafe(key.length + 4);
  full.writeUInt32BE(space);
  key.copy(full, 4);
  return full;
}
