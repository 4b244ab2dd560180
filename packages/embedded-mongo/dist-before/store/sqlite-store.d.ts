import { type EntryRange, type RecordBytes, type StoredRecord } from './rows.js';
import { type Totals } from './space-totals.js';
import { WriteAheadLog } from './write-ahead-log.js';
/**
 * What is stored, in one SQLite file (libsql) in WAL mode with a sync at every commit: per keyspace an ordered tree of records (by number) and one of
 * entries (byte keys that carry their own meaning), and named values beside them. Everything between `begin` and `commit` becomes durable at once or
 * not at all. It is safe to write while iterating.
 */
export declare class SqliteStore {
    private readonly connection;
    private readonly totals;
    private readonly mark;
    private readonly sql;
    readonly log: WriteAheadLog;
    private readonly unused;
    /** Of a write after which no other may be tried. */
    private readOnly;
    private open;
    private tookBack;
    /** `mustExist`: the file held data before, so an empty one means that it was lost. */
    constructor(file: string, options?: {
        readonly mustExist?: boolean;
    });
    /** Opens the batch that all following writes belong to. */
    begin(): void;
    /** Makes the batch durable. @throws WriteFailedError when that failed; nothing of the batch is kept then */
    commit(): void;
    rollback(): void;
    /** Runs `work` so that, when it throws, nothing of it stays in the batch. */
    atomically<T>(work: () => T): T;
    /** Whether a batch is open. */
    get writing(): boolean;
    /** Whether `atomically` took writes back since this was last asked. */
    undone(): boolean;
    /** @param known what the record was when it was read or written last: while it still is, that is what is returned, without a sum over its bytes */
    getRecord(space: number, id: number, known?: RecordBytes): RecordBytes | undefined;
    /** @param previous what was read for this id, or undefined when it is new @returns what it is now */
    putRecord(space: number, id: number, bytes: Buffer, previous: RecordBytes | undefined): RecordBytes;
    deleteRecord(space: number, id: number, previous: RecordBytes): void;
    /** In order of their ids. */
    records(space: number): IterableIterator<StoredRecord>;
    /** The greatest id in use, 0 when there is none. */
    lastRecordId(space: number): number;
    putEntry(space: number, key: Buffer): void;
    deleteEntry(space: number, key: Buffer): void;
    /** In the order of their keys. */
    entries(space: number, range: EntryRange): IterableIterator<Buffer>;
    /** How many records or entries the space holds, and their bytes. */
    totalsOf(space: number): Readonly<Totals>;
    /** Removes the whole space. */
    clear(space: number): void;
    /** Puts a named value in the place of what it was. @param value undefined when there is to be none */
    putMeta(name: string, value: Buffer | undefined): void;
    /** All values whose name starts with `prefix`, by name. */
    metas(prefix: string): Iterable<readonly [string, Buffer]>;
    /** Bytes of all records, entries and metas. */
    totalSize(): number;
    /**
     * Overwrites what nothing needs in some pages of the file. Not in a batch.
     * @param first from 1
     * @returns the page to go on with; `undefined` at the end of the file
     */
    overwriteUnused(first: number, count: number): number | undefined;
    /** As `WriteAheadLog.empty`; also false in a batch, and when it failed. */
    emptyLog(): boolean;
    close(): void;
    /** Every write goes through here: one that failed for another reason than want of room makes the store read-only until a restart. */
    private write;
}
