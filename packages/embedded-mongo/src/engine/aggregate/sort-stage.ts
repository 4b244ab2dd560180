import { encodeDocument } from '../../bson/encode.js';
import type { Document } from '../../bson/values.js';
import type { KeyField } from '../index/keys.js';
import { sortDocuments } from '../sort.js';

/** Sorts documents in memory. @throws CommandError 292 above 100 MB */
export function sortStage(
  fields: readonly KeyField[],
  input: Iterable<Document>,
  limit?: number,
): Document[] {
  return sortDocuments(
    input,
    fields,
    { document: (item) => item, size: (item) => encodeDocument(item).length },
    limit,
  );
}
