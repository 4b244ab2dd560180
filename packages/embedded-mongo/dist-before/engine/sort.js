import { CommandError } from '../errors.js';
import { encodeKey, keysOf } from './index/keys.js';
/** MongoDB's limit on memory for a sort that no index gives. */
const MAX_SORT_BYTES = 100 * 1024 * 1024;
/**
 * Bytes that order documents: of an array, ascending order takes its least element and descending its greatest.
 * @throws CommandError 171 for parallel arrays
 */
export function sortKeyOf(document, fields) {
    const { tuples } = keysOf(document, fields);
    const keys = tuples.map((tuple) => encodeKey(tuple, fields));
    return keys.reduce((least, key) => (Buffer.compare(key, least) < 0 ? key : least));
}
/** Sorts stably; with a limit only that many are kept in memory. @throws CommandError 292 above 100 MB */
export function sortDocuments(items, fields, limit = Infinity) {
    let kept = [];
    let size = 0;
    const sortKept = () => {
        kept = kept.sort((a, b) => Buffer.compare(a.key, b.key)).slice(0, limit);
        size = kept.reduce((sum, { item }) => sum + item.bytes.length, 0);
    };
    for (const item of items) {
        kept.push({ key: sortKeyOf(item.document, fields), item });
        size += item.bytes.length;
        if (kept.length >= limit * 2 + 64)
            sortKept();
        if (size > MAX_SORT_BYTES)
            throw new CommandError('ExceededMemoryLimit', 'Sort exceeded 100 MB of memory; add an index or a limit.');
    }
    sortKept();
    return kept.map(({ item }) => item);
}
//# sourceMappingURL=sort.js.map