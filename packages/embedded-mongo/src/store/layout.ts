import { crc32 } from 'node:zlib';

/** The layout of a file when it is made, and once records in it have room behind them, which programs from before do not understand. */
export const FIRST_LAYOUT = 1;
export const LAYOUT_WITH_ROOM = 2;

/** The keyspace whose totals cover the named values. */
export const META_SPACE = 0;
export const MAX_SPACE = 2 ** 20;
/** Record ids of one keyspace; together with the keyspace they fill the 53 bits of a JavaScript integer. */
export const IDS_PER_SPACE = 2 ** 33;

export const recordKey = (space: number, id: number): number => space * IDS_PER_SPACE + id;
/** The keyspace of a row's key. */
export const recordSpace = (key: number): number => Math.floor(key / IDS_PER_SPACE);
export const entrySpace = (key: Buffer): number => key.readUInt32BE(0);

export function entryKey(space: number, key: Buffer = Buffer.alloc(0)): Buffer {
  const full = Buffer.allocUnsafe(key.length + 4);
  full.writeUInt32BE(space);
  key.copy(full, 4);
  return full;
}

/** Checksums cover the key as well, so that bytes under a wrong key are noticed. */
export const recordChecksum = (key: number, bytes: Buffer): number => crc32(bytes, crc32(String(key)));
export const metaChecksum = (name: string, value: Buffer): number => crc32(value, crc32(name));
