import { integerOf } from '../bson/numbers.js';
import { isDocument, type Document } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import { encodeKey, keyField, keysOf, type KeyField } from './index/keys.js';

/** MongoDB's limit on memory for a sort that no index gives. */
const MAX_SORT_BYTES = 100 * 1024 * 1024;

/** Understands a sort pattern. @throws CommandError as MongoDB does; 115 for `$meta` */
export function parseSort(pattern: Document): KeyField[] {
  return [...pattern].map(([path, direction]) => {
    if (isDocument(direction)) throw unsupported(`the sort expression for '${path}'`);
    const integer = integerOf(direction);
    if (integer !== 1 && integer !== -1)
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    if (path.startsWith('$'))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    if (path.split('.').includes(''))
      throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    return keyField(path, integer < 0);
  });
}

/** Bytes that order documents: of an array, ascending order takes its least element and descending its greatest. */
export function sortKeyOf(document: Document, fields: readonly KeyField[]): Buffer {
  let tuples;
  try {
    ({ tuples } = keysOf(document, fields));
  } catch (error) {
    if (error instanceof CommandError)
      throw new CommandError('BadValue', 'cannot sort with keys that are parallel arrays');
    throw error;
  }
  const keys = tuples.map((tuple) => encodeKey(tuple, fields));
  return keys.reduce((least, key) => (Buffer.compare(key, least) < 0 ? key : least));
}

/** Sorts stably; with a limit only that many are kept in memory. @throws CommandError 292 above 100 MB */
export function sortDocuments<T>(
  items: Iterable<T>,
  fields: readonly KeyField[],
  access: { document: (item: T) => Document; size: (item: T) => number },
  limit = Infinity,
): T[] {
  let kept: { key: Buffer; order: number; item: T }[] = [];
  let size = 0;
  let order = 0;
  const compare = (a: (typeof kept)[number], b: (typeof kept)[number]): number =>
    Buffer.compare(a.key, b.key) || a.order - b.order;
  for (const item of items) {
    kept.push({ key: sortKeyOf(access.document(item), fields), order: order++, item });
    size += access.size(item);
    if (kept.length >= limit * 2 + 64) {
      kept = kept.sort(compare).slice(0, limit);
      size = kept.reduce((sum, entry) => sum + access.size(entry.item), 0);
    }
    if (size > MAX_SORT_BYTES) {
      throw new CommandError(
        'ExceededMemoryLimit',
        'Sort exceeded memory limit of 104857600 bytes; add an index or a limit.',
      );
    }
  }
  return kept
    .sort(compare)
    .slice(0, limit)
    .map(({ item }) => item);
}
