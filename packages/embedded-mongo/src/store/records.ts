import { DamagedDatabaseError } from '../errors.js';
import {
  IDS_PER_SPACE,
  recordChecksum,
  recordKey,
  recordSpace,
  inChunks,
  withoutRoom,
  type RecordBytes,
  type StoredRecord,
} from './rows.js';
import type { SpaceTotals } from './space-totals.js';
import type { SQL } from './sql.js';
import type { Statements } from './sqlite-connection.js';

/** Bytes of changed records that wait for the end of their batch. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** As what a smaller one counts, so that those that wait are not many. */
const LEAST_WAITING_BYTES = 4096;

/** Its sum is made when it is written: most states of a document that changes often never are. */
class WrittenRecord implements RecordBytes {
  private sum: number | undefined;

  constructor(
    private readonly key: number,
    readonly bytes: Buffer,
  ) {}

  get checksum(): number {
    return (this.sum ??= recordChecksum(this.key, this.bytes));
  }
}

/** A record that the file does not have yet. */
interface Waiting {
  readonly record: WrittenRecord;
  /** What it has; without its bytes, of which any number could be kept by records that have become small. */
  readonly stored: Stored;
}

interface Stored {
  readonly length: number;
  readonly checksum: number;
}

/**
 * The records of all keyspaces. Those that a batch changes are written when it ends, or before anybody reads past them: a document that many of
 * its commands change is summed and written once.
 */
export class Records {
  private waiting = new Map<number, Waiting>();
  private waitingBytes = 0;
  /** What waited at the mark, where anything has changed since. */
  private marked: ReadonlyMap<number, Waiting> | undefined;

  constructor(
    private readonly sql: Statements<typeof SQL>,
    private readonly totals: SpaceTotals,
    private readonly write: (call: () => unknown) => void,
  ) {}

  /** @param known what the record was when it was read or written last: while it still is, that is what is returned, and its bytes are not read */
  get(space: number, id: number, known: RecordBytes | undefined): RecordBytes | undefined {
    const key = recordKey(space, id);
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) return waiting.record;
    if (known !== undefined && this.isStored(key, known)) return known;
    const row = this.sql.getRecord.get([key]) as [Buffer, number] | undefined;
    if (!row) return undefined;
    return recordOf(key, row[0], row[1]);
  }

  private isStored(key: number, known: RecordBytes): boolean {
    const row = this.sql.getRecordSum.get([key]) as [length: number, checksum: number] | undefined;
    return row?.[0] === known.bytes.length && row[1] === known.checksum;
  }

  /** Adds a record. */
  insert(space: number, id: number, bytes: Buffer): void {
    if (id >= IDS_PER_SPACE) throw new Error('a keyspace ran out of record ids');
    const key = recordKey(space, id);
    const checksum = recordChecksum(key, bytes);
    this.write(() => this.sql.putRecord.run([key, bytes, checksum]));
    this.totals.change(space, checksum, bytes.length, 1);
  }

  /** Puts a record in the place of what it is now. In a batch. @returns what it is then */
  update(space: number, id: number, bytes: Buffer, previous: RecordBytes): RecordBytes {
    const key = recordKey(space, id);
    const before = this.waiting.get(key);
    const record = new WrittenRecord(key, bytes);
    this.wait(key, { record, stored: before?.stored ?? storedOf(previous) });
    if (this.waitingBytes > MAX_WAITING_BYTES) this.flush();
    return record;
  }

  delete(space: number, id: number, previous: RecordBytes): void {
    const key = recordKey(space, id);
    const before = this.waiting.get(key);
    if (before !== undefined) this.wait(key, undefined);
    this.write(() => this.sql.deleteRecord.run([key]));
    const { checksum, length } = before?.stored ?? storedOf(previous);
    this.totals.change(space, checksum, length, -1);
  }

  /** In order of their ids. It is safe to write meanwhile. */
  *all(space: number): IterableIterator<StoredRecord> {
    const end = recordKey(space + 1, 0);
    let last = recordKey(space, 0);
    const read = (limit: number): unknown[] => {
      this.flush();
      return this.sql.records.all([last, end, limit]);
    };
    for (const row of inChunks(read)) {
      const [key, stored, checksum] = row as [number, Buffer, number];
      const record = recordOf(key, stored, checksum);
      if (key <= last) throw new DamagedDatabaseError('order of the records');
      last = key;
      yield { id: key % IDS_PER_SPACE, ...record };
    }
  }

  /** The greatest id in use, 0 when there is none. */
  lastId(space: number): number {
    const [last] = this.sql.lastRecord.get([recordKey(space, 0), recordKey(space + 1, 0)]) as [number | null];
    return last === null ? 0 : last % IDS_PER_SPACE;
  }

  /** Writes what waits. */
  flush(): void {
    if (this.waiting.size === 0) return;
    this.marked ??= this.waiting;
    for (const [key, each] of this.waiting) this.overwrite(key, each);
    this.waiting = new Map();
    this.waitingBytes = 0;
  }

  private overwrite(key: number, { record, stored }: Waiting): void {
    const { bytes, checksum } = record;
    this.write(() => this.sql.updateRecord.run([bytes, checksum, key]));
    this.totals.change(recordSpace(key), stored.checksum, stored.length, -1);
    this.totals.change(recordSpace(key), checksum, bytes.length, 1);
  }

  /** Begins remembering what `restore` puts back. */
  mark(): void {
    this.marked = undefined;
  }

  /** What waited at the mark waits again, because what was written since is taken back. @returns whether anything is other than it was */
  restore(): boolean {
    const { marked } = this;
    if (marked === undefined) return false;
    this.reset();
    for (const [key, each] of marked) this.wait(key, each);
    return true;
  }

  /** Forgets what waits. */
  reset(): void {
    this.waiting = new Map();
    this.waitingBytes = 0;
  }

  private wait(key: number, next: Waiting | undefined): void {
    this.marked ??= new Map(this.waiting);
    this.waitingBytes += lengthOf(next) - lengthOf(this.waiting.get(key));
    if (next === undefined) this.waiting.delete(key);
    else this.waiting.set(key, next);
  }
}

const storedOf = ({ bytes: { length }, checksum }: RecordBytes): Stored => ({ length, checksum });

/** @throws DamagedDatabaseError */
function recordOf(key: number, stored: Buffer, checksum: number): RecordBytes {
  const bytes = withoutRoom(stored);
  if (recordChecksum(key, bytes) !== checksum) throw new DamagedDatabaseError('checksum of a record');
  return { bytes, checksum };
}

const lengthOf = (waiting: Waiting | undefined): number =>
  waiting ? Math.max(waiting.record.bytes.length, LEAST_WAITING_BYTES) : 0;
