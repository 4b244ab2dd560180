import { crc32 } from 'node:zlib';
import { DamagedDatabaseError } from '../errors.js';

/** The layout of a file when it is made, and that of one in which an earlier version left room behind records. */
export const FIRST_LAYOUT = 1;
export const LAYOUT_WITH_ROOM = 2;

/** The keyspace whose totals cover the named values. */
export const META_SPACE = 0;
export const MAX_SPACE = 2 ** 20;
/** Record ids of one keyspace; together with the keyspace they fill the 53 bits of a JavaScript integer. */
export const IDS_PER_SPACE = 2 ** 33;

export const recordKey = (space: number, id: number): number => space * IDS_PER_SPACE + id;
/** The bytes of a record's id at the end of an entry of a document. */
export const ID_BYTES = 6;

const LENGTH_BYTES = 4;

/** Above everything that continues a key or a type's byte: nothing in a key goes on with so many of it. */
export const ABOVE = Buffer.alloc(16, 255);

/** The keyspace of a row's key. */
export const recordSpace = (key: number): number => Math.floor(key / IDS_PER_SPACE);
export const entrySpace = (key: Buffer): number => key.readUInt32BE(0);

export function entryKey(space: number, key: Buffer = Buffer.alloc(0), bytesBehind = 0): Buffer {
  const full = Buffer.allocUnsafe(key.length + 4 + bytesBehind);
  full.writeUInt32BE(space);
  key.copy(full, 4);
  return full;
}

/** The key of an entry that leads to a record. */
export function entryKeyOf(space: number, key: Buffer, id: number): Buffer {
  const full = entryKey(space, key, ID_BYTES);
  full.writeUIntBE(id, full.length - ID_BYTES, ID_BYTES);
  return full;
}

/** Checksums cover the key as well, so that bytes under a wrong key are noticed. */
export const recordChecksum = (key: number, bytes: Buffer): number => crc32(bytes, crc32(String(key)));
export const metaChecksum = (name: string, value: Buffer): number => crc32(value, crc32(name));

/** The document of a row, behind which there may be zeros: it says its length itself. */
export function withoutRoom(row: Buffer): Buffer {
  const length = row.length > LENGTH_BYTES ? row.readInt32LE(0) : 0;
  return length > LENGTH_BYTES && length < row.length ? row.subarray(0, length) : row;
}

/** A record's content, a document, and the checksum of it and its key. */
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

/** Rows fetched per read while iterating: few at first, because most reads want one. */
const FIRST_CHUNK = 4;
const LARGEST_CHUNK = 400;

/** Rows read in chunks that grow. @param read up to so many behind those that came before */
export function* inChunks(read: (limit: number) => unknown[]): Iterable<unknown> {
  for (let limit = FIRST_CHUNK; ; limit = Math.min(limit * 8, LARGEST_CHUNK)) {
    const rows = read(limit);
    yield* rows;
    if (rows.length < limit) return;
  }
}

export function checkedMeta(name: string, row: [value: Buffer, checksum: number]): [Buffer, number] {
  if (metaChecksum(name, row[0]) !== row[1]) throw new DamagedDatabaseError('checksum of the catalog');
  return row;
}
