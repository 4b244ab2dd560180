import { crc32 } from 'node:zlib';
/** The keyspace whose totals cover the named values. */
export const META_SPACE = 0;
export const MAX_SPACE = 2 ** 20;
/** Record ids of one keyspace; together with the keyspace they fill the 53 bits of a JavaScript integer. */
export const IDS_PER_SPACE = 2 ** 33;
export const recordKey = (space, id) => space * IDS_PER_SPACE + id;
/** The keyspace of a row's key. */
export const recordSpace = (key) => Math.floor(key / IDS_PER_SPACE);
export const entrySpace = (key) => key.readUInt32BE(0);
export function entryKey(space, key) {
    const full = Buffer.allocUnsafe(key.length + 4);
    full.writeUInt32BE(space);
    key.copy(full, 4);
    return full;
}
/** Checksums cover the key as well, so that bytes under a wrong key are noticed. */
export const recordChecksum = (key, bytes) => crc32(bytes, crc32(String(key)));
export const metaChecksum = (name, value) => crc32(value, crc32(name));
//# sourceMappingURL=layout.js.map