import { DamagedDatabaseError } from '../errors.js';
import { metaChecksum } from './layout.js';

/** A record's content, a document, and the checksum of it and its key. */
export interface RecordBytes {
  readonly bytes: Buffer;
  readonly checksum: number;
  /** The bytes that it takes in the file, zeros behind it included; 0 while it is not written. */
  readonly room: number;
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

/** Rows fetched per read while iterating: few at first, because most reads want one. */
const FIRST_CHUNK = 4;
const LARGEST_CHUNK = 400;

/** Rows read in chunks that grow. @param read up to so many behind those that came before */
export function* inChunks(read: (limit: number) => unknown[], first = FIRST_CHUNK): Iterable<unknown> {
  for (let limit = first; ; limit = Math.min(limit * 8, LARGEST_CHUNK)) {
    const rows = read(limit);
    yield* rows;
    if (rows.length < limit) return;
  }
}

export function checkedMeta(name: string, row: [value: Buffer, checksum: number]): [Buffer, number] {
  if (metaChecksum(name, row[0]) !== row[1]) throw new DamagedDatabaseError('checksum of the catalog');
  return row;
}
