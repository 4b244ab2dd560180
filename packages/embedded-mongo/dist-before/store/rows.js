import { DamagedDatabaseError } from '../errors.js';
import { metaChecksum } from './layout.js';
/** Rows fetched per read while iterating: few at first, because most reads want one. */
const FIRST_CHUNK = 4;
const LARGEST_CHUNK = 400;
/** Rows read in chunks that grow. @param read up to so many behind those that came before */
export function* inChunks(read, first = FIRST_CHUNK) {
    for (let limit = first;; limit = Math.min(limit * 8, LARGEST_CHUNK)) {
        const rows = read(limit);
        yield* rows;
        if (rows.length < limit)
            return;
    }
}
export function checkedMeta(name, row) {
    if (metaChecksum(name, row[0]) !== row[1])
        throw new DamagedDatabaseError('checksum of the catalog');
    return row;
}
export const EMPTY = Buffer.alloc(0);
export const ZERO = Buffer.alloc(1);
export function firstOf(row) {
    return row === undefined ? [] : [row];
}
//# sourceMappingURL=rows.js.map