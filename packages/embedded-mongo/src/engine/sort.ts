import type { Document } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { FoundDocument } from './collection.js';
import { encodeKey, keysOf, type KeyField } from './index/keys.js';

/** MongoDB's limit on memory for a sort that no index gives. */
const MAX_SORT_BYTES = 100 * 1024 * 1024;

/**
 * Bytes that order documents: of an array, ascending order takes its least element and descending its greatest.
 * @throws CommandError 171 for parallel arrays
 */
export function sortKeyOf(document: Document, fields: readonly KeyField[]): Buffer {
  const { tuples } = keysOf(document, fields);
  const keys = tuples.map((tuple) => encodeKey(tuple, fields));
  return keys.reduce((least, key) => (Buffer.compare(key, least) < 0 ? key : least));
}

/** Sorts stably; with a limit only that many are kept in memory. @throws CommandError 292 above 100 MB */
export function sortDocuments<T extends Pick<FoundDocument, 'document' | 'record'>>(
  items: Iterable<T>,
  fields: readonly KeyField[],
  limit = Infinity,
): T[] {
  let kept: { key: Buffer; item: T }[] = [];
  let size = 0;
  const sortKept = (): void => {
    kept = kept.sort((a, b) => Buffer.compare(a.key, b.key)).slice(0, limit);
    size = kept.reduce((sum, { item }) => sum + item.record.bytes.length, 0);
  };
  for (const item of items) {
    kept.push({ key: sortKeyOf(item.document, fields), item });
    size += item.record.bytes.length;
    if (kept.length >= limit * 2 + 64) sortKept();
    if (size > MAX_SORT_BYTES)
      throw new CommandError(
        'ExceededMemoryLimit',
        'Sort exceeded 100 MB of memory; add an index or a limit.',
      );
  }
  sortKept();
  return kept.map(({ item }) => item);
}
