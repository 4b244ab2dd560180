/** Smaller ones fit into a page, which is written as a whole. */
const LEAST_BYTES = 4096;
/** What the room is a multiple of. */
const STEP_BYTES = 4096;
/** As large as the room may be for its record: an account's document grows to thrice its size and shrinks again, time after time. */
const MOST_TIMES_ROOM = 4;
const LENGTH_BYTES = 4;

/** What is to be known of a row that is written over. */
export interface StoredRow {
  /** Of its document. */
  readonly length: number;
  readonly checksum: number;
  readonly room: number;
}

/** Bytes that SQLite takes for a checksum: it makes integers of the file as short as they can be. */
const widthOf = (checksum: number): number => (checksum < 2 ** 31 ? 4 : 6);

/**
 * A document that changes often has room behind it, so that its row keeps its size: SQLite then writes over the row in its place, and only those of its
 * pages whose bytes differ. A row of another size is taken apart, cleared and put together again.
 * @param checksum of the document
 * @param before what is stored
 * @returns the bytes that the document takes, with what is free behind it
 */
export function roomFor({ length }: Buffer, checksum: number, before: StoredRow): number {
  const width = widthOf(checksum);
  const row = before.room + widthOf(before.checksum);
  const isPadded = before.room > before.length;
  if (isPadded && length + width <= row && row <= MOST_TIMES_ROOM * length) return row - width;
  if (length < LEAST_BYTES) return length;
  return Math.ceil((length + widthOf(Infinity)) / STEP_BYTES) * STEP_BYTES - width;
}

/** The document with zeros behind it. */
export function withRoom(bytes: Buffer, room: number): Buffer {
  if (room === bytes.length) return bytes;
  const row = Buffer.allocUnsafe(room);
  row.fill(0, bytes.copy(row));
  return row;
}

/** The document of a row: it says its length itself. */
export function withoutRoom(row: Buffer): Buffer {
  if (row.length <= LENGTH_BYTES) return row;
  const length = row.readInt32LE(0);
  return length > LENGTH_BYTES && length < row.length ? row.subarray(0, length) : row;
}
