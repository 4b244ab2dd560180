/**
 * What the engine needs of storage: per keyspace an ordered tree of records (by number) and one of entries (byte keys
 * that carry their own meaning), and named values beside them. Everything between `begin` and `commit` becomes durable at once or not at all.
 */
export abstract class Store {
  /** Opens the batch that all following writes belong to. */
  abstract begin(): void;
  /** Makes the batch durable. @throws WriteFailedError when that failed; nothing of the batch is kept then */
  abstract commit(): void;
  abstract rollback(): void;
  /** Runs `work` so that, when it throws, nothing of it stays in the batch. */
  abstract atomically<T>(work: () => T): T;

  /** Whether a batch is open. */
  abstract readonly writing: boolean;
  /** Whether `atomically` took writes back since this was last asked. */
  abstract undone(): boolean;

  abstract getRecord(space: number, id: number): Buffer | undefined;
  /** `previous` is what `getRecord` returned for this id, or undefined when it is new. */
  abstract putRecord(space: number, id: number, bytes: Buffer, previous: Buffer | undefined): void;
  abstract deleteRecord(space: number, id: number, previous: Buffer): void;
  /** Records in order of their ids, beginning above `after`; it is safe to write while iterating. */
  abstract records(space: number, after?: number): IterableIterator<StoredRecord>;
  /** The greatest id in use, 0 when there is none. */
  abstract lastRecordId(space: number): number;

  abstract putEntry(space: number, key: Buffer): void;
  abstract deleteEntry(space: number, key: Buffer): void;
  /** Entry keys within `from <= key < to`, ascending or descending; it is safe to write while iterating. */
  abstract entries(space: number, range: EntryRange): IterableIterator<Buffer>;

  /** How many records or entries the space holds. */
  abstract count(space: number): number;
  /** Approximate bytes of the records or entries of the space. */
  abstract size(space: number): number;
  /** Removes the whole space. */
  abstract clear(space: number): void;
  /** The lowest number above 0 that no space uses. */
  abstract freeSpace(taken: ReadonlySet<number>): number;

  abstract getMeta(name: string): Buffer | undefined;
  abstract putMeta(name: string, value: Buffer): void;
  abstract deleteMeta(name: string): void;
  /** All values whose name starts with `prefix`, by name. */
  abstract metas(prefix: string): Iterable<readonly [string, Buffer]>;

  abstract close(): void;
}

export interface StoredRecord {
  readonly id: number;
  readonly bytes: Buffer;
}

export interface EntryRange {
  /** Inclusive. */
  readonly from: Buffer;
  /** Exclusive. */
  readonly to: Buffer;
  readonly descending?: boolean;
}
