import { crc32 } from 'node:zlib';
import { DamagedDatabaseError, WriteFailedError } from '../errors.js';
import { acknowledgedCommits, assertCommits, CommitMark } from './commit-mark.js';
import {
  ABOVE,
  entryKey,
  entryKeyOf,
  META_SPACE,
  metaChecksum,
  recordKey,
  checkedMeta,
  inChunks,
  type EntryRange,
} from './rows.js';
import { Records } from './records.js';
import { SpaceTotals, type Totals } from './space-totals.js';
import { SQL } from './sql.js';
import {
  BUSY_TIMEOUT_MS,
  explained,
  openConnection,
  prepareAll,
  type Connection,
  type Statements,
} from './sqlite-connection.js';
import { FIRST_AMBIGUOUS_PAGE, overwriteUnused } from './unused-bytes.js';

/** How long the emptying of the log waits for readers of other threads or processes, and everybody else along with it. */
const READER_PATIENCE_MS = 100;

/**
 * What is stored, in one SQLite file (libsql) in WAL mode with a sync at every commit: per keyspace an ordered tree of records (by number) and one of
 * entries (byte keys that carry their own meaning), and named values beside them. Everything between `begin` and `commit` becomes durable at once or
 * not at all. It is safe to write while iterating.
 */
export class SqliteStore {
  private readonly connection: Connection;
  private readonly totals: SpaceTotals;
  private readonly mark: CommitMark;
  private readonly sql: Statements<typeof SQL>;
  readonly records: Records;
  /** Whether the write-ahead log has anything, which may be what was overwritten or deleted. From the start on: a process that died has left its log. */
  isLogUsed = true;
  /** Of a write after which no other may be tried. */
  private readOnly: WriteFailedError | undefined;
  /** Whether a batch is open. */
  writing = false;

  /** `mustExist`: the file held data before, so an empty one means that it was lost. */
  constructor(file: string, mustExist = false) {
    this.connection = openConnection(file, mustExist);
    try {
      this.sql = prepareAll(this.connection, SQL);
      this.totals = new SpaceTotals(this.sql);
      assertCommits(file, this.totals.commits, acknowledgedCommits(file));
      this.mark = new CommitMark(file, this.totals.commits);
      this.records = new Records(this.sql, this.totals, (call) => this.write(call));
    } catch (error) {
      this.connection.close();
      throw error;
    }
  }

  /** Opens the batch that all following writes belong to. */
  begin(): void {
    if (this.writing) return;
    if (this.readOnly !== undefined) throw this.readOnly;
    this.write(() => this.sql.begin.run([]));
    this.writing = true;
  }

  /** Makes the batch durable. @throws WriteFailedError when that failed; nothing of the batch is kept then */
  commit(): void {
    if (!this.writing) return;
    this.write(() => {
      this.records.flush();
      this.totals.flush();
      this.sql.commit.run([]);
    });
    this.writing = false;
    this.isLogUsed = true;
    this.mark.write(this.totals.commits);
  }

  rollback(): void {
    this.writing = false;
    // A failed write may have ended the transaction already.
    if (this.connection.inTransaction) explained(() => this.connection.exec('ROLLBACK'));
    this.records.reset();
    this.totals.reload();
  }

  /** Runs `work` so that, when it throws, nothing of it stays in the batch. @param onTakenBack called then, if it had written anything */
  atomically<T>(work: () => T, onTakenBack?: () => void): T {
    this.begin();
    this.write(() => this.sql.savepoint.run([]));
    this.totals.mark();
    this.records.mark();
    try {
      const result = work();
      this.write(() => this.sql.release.run([]));
      return result;
    } catch (error) {
      if (!(error instanceof WriteFailedError) && !(error instanceof DamagedDatabaseError)) {
        this.write(() => {
          this.sql.undo.run([]);
          this.sql.release.run([]);
        });
        const [hasRecords, hasTotals] = [this.records.restore(), this.totals.restore()];
        if (hasRecords || hasTotals) onTakenBack?.();
      }
      throw error;
    }
  }

  /** Adds an entry that leads from the key to a record. */
  putEntry(space: number, key: Buffer, id: number): void {
    const full = entryKeyOf(space, key, id);
    const checksum = crc32(full);
    this.write(() => this.sql.putEntry.run([full, checksum]));
    this.totals.change(space, checksum, full.length, 1);
  }

  deleteEntry(space: number, key: Buffer, id: number): void {
    const full = entryKeyOf(space, key, id);
    this.write(() => this.sql.deleteEntry.run([full]));
    this.totals.change(space, crc32(full), full.length, -1);
  }

  /** Whether an entry leads from the key, or one that continues it, to a record. */
  hasEntry(space: number, key: Buffer): boolean {
    const above = entryKey(space, Buffer.concat([key, ABOVE]));
    const row = this.sql.first.get([entryKey(space, key), above]);
    if (row !== undefined) checkedKey(row);
    return row !== undefined;
  }

  /** Keys with the id of their record behind, in their order. */
  *entries(space: number, range: EntryRange): IterableIterator<Buffer> {
    let from = entryKey(space, range.from);
    let to = entryKey(space, range.to);
    const statement = range.descending ? this.sql.descending : this.sql.ascending;
    // Nearly always the first one is all that is wanted. By a statement of its own: libsql's `get` behind an `all` answers with what was asked then.
    const first = (range.descending ? this.sql.last : this.sql.first).get([from, to]);
    if (first === undefined) return;
    let key = checkedKey(first);
    yield key.subarray(4);
    const read = (limit: number): unknown[] => {
      if (range.descending) to = key;
      else from = Buffer.concat([key, Buffer.alloc(1)]);
      return statement.all([from, to, limit]);
    };
    for (const row of inChunks(read)) {
      key = checkedKey(row);
      yield key.subarray(4);
    }
  }

  /** How many records or entries the space holds, and their bytes. */
  totalsOf(space: number): Totals {
    this.records.flush();
    return this.totals.of(space);
  }

  /** Removes the whole space. */
  clear(space: number): void {
    if (this.totalsOf(space).count === 0) return;
    this.write(() => {
      this.sql.clearRecords.run([recordKey(space, 0), recordKey(space + 1, 0)]);
      this.sql.clearEntries.run([entryKey(space), entryKey(space + 1)]);
    });
    this.totals.drop(space);
  }

  /** Puts a named value in the place of what it was. @param value undefined when there is to be none */
  putMeta(name: string, value: Buffer | undefined): void {
    const row = this.sql.getMeta.get([name]) as [Buffer, number] | undefined;
    if (row) {
      const [previous, checksum] = checkedMeta(name, row);
      this.totals.change(META_SPACE, checksum, previous.length, -1);
      this.write(() => this.sql.deleteMeta.run([name]));
    }
    if (value === undefined) return;
    const checksum = metaChecksum(name, value);
    this.write(() => this.sql.putMeta.run([name, value, checksum]));
    this.totals.change(META_SPACE, checksum, value.length, 1);
  }

  /** All values whose name starts with `prefix`, by name. */
  *metas(prefix: string): Iterable<readonly [string, Buffer]> {
    for (const row of this.sql.metas.all([prefix, `${prefix}\uffff`])) {
      const [name, value, checksum] = row as [string, Buffer, number];
      yield [name, checkedMeta(name, [value, checksum])[0]];
    }
  }

  /** Bytes of all records, entries and metas. */
  totalSize(): number {
    this.records.flush();
    return this.totals.size();
  }

  /**
   * Overwrites what nothing needs in some pages of the file. Not in a batch.
   * @param first from 1
   * @returns the page to go on with; `undefined` at the end of the file
   */
  overwriteUnused(first: number, count: number): number | undefined {
    if (this.writing) throw new Error('a batch is open');
    if (this.readOnly !== undefined) throw this.readOnly;
    this.write(() => this.sql.begin.run([]));
    try {
      const [total] = this.sql.pageCount.get([]) as [number];
      if (total >= FIRST_AMBIGUOUS_PAGE) throw new Error('the file is too large to be looked through');
      const next = Math.min(first + count, total + 1);
      for (const row of this.sql.pages.all([first, next])) {
        const [number, page] = row as [number, Buffer];
        if (overwriteUnused(page, number)) this.sql.overwritePage.run([page, number]);
      }
      this.write(() => this.sql.commit.run([]));
      this.isLogUsed = true;
      return next > total ? undefined : next;
    } catch (error) {
      if (this.connection.inTransaction) explained(() => this.connection.exec('ROLLBACK'));
      throw error;
    }
  }

  /**
   * Brings everything into the file, and leaves nothing in the log.
   * @returns false in a batch, when somebody reads from the log, as a backup does, and when it failed
   */
  emptyLog(): boolean {
    if (this.writing) return false;
    this.connection.exec(`PRAGMA busy_timeout=${READER_PATIENCE_MS}`);
    try {
      const [busy] = this.sql.checkpoint.get([]) as [busy: number];
      this.isLogUsed = busy !== 0;
      return busy === 0;
    } catch (error) {
      // A sync that failed may have lost what the file was to hold, while the log still has it: nothing may be written over that.
      if (error instanceof WriteFailedError && !error.recovers) this.readOnly ??= error;
      return false;
    } finally {
      this.connection.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    }
  }

  close(): void {
    // Where it fails the log stays beside the file; the next start reads both.
    this.emptyLog();
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

/** @throws DamagedDatabaseError */
function checkedKey(row: unknown): Buffer {
  const [key, checksum] = row as [Buffer, number];
  if (crc32(key) !== checksum) throw new DamagedDatabaseError('checksum of an index entry');
  return key;
}
