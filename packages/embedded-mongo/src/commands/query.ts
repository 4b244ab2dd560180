import type { Collection, Examined, FoundDocument } from '../engine/collection.js';
import type { FilterNode } from '../engine/filter/node.js';
import type { KeyField } from '../engine/index/keys.js';
import { encodeDocument } from '../bson/encode.js';
import { isDocument, type Value } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import { planQuery, type OpenIndex } from '../engine/index/planner.js';
import { sortDocuments } from '../engine/sort.js';

export interface SelectOptions {
  readonly filter: FilterNode;
  readonly sort?: readonly KeyField[];
  readonly limit?: number;
  /** Those that may be used, if not all. */
  readonly indexes?: readonly OpenIndex[] | undefined;
  /** Counts what had to be looked at. */
  readonly examined?: Examined;
}

const SORT_ACCESS = {
  document: (item: FoundDocument) => item.document,
  size: (item: FoundDocument) => item.bytes.length,
};

/** The documents of a query in its order; nothing is read before the first is asked for. */
export function* select(
  collection: Collection,
  { filter, sort = [], limit = Infinity, indexes = collection.indexes, examined }: SelectOptions,
): IterableIterator<FoundDocument> {
  const plan = planQuery(filter, sort, indexes);
  const found = collection.find(plan, filter, examined);
  let count = 0;
  for (const item of plan.sorted ? found : sortDocuments(found, sort, SORT_ACCESS, limit)) {
    yield item;
    if (++count >= limit) return;
  }
}

/**
 * The indexes that a query with this hint may use.
 * @throws CommandError 2 when there is none of that pattern, 115 for one that does not hold every document
 */
export function hintedIndexes(collection: Collection, hint: Value | undefined): readonly OpenIndex[] {
  if (hint === undefined) return collection.indexes;
  if (!isDocument(hint)) throw unsupported('a hint that is no key pattern');
  const wanted = encodeDocument(hint);
  const index = collection.indexes.find(({ definition }) => {
    const key = definition.specification.get('key');
    return isDocument(key) && encodeDocument(key).equals(wanted);
  });
  if (index === undefined)
    throw new CommandError(
      'BadValue',
      'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
    );
  if (index.definition.sparse || index.definition.partial)
    throw unsupported('a hint for a sparse or partial index');
  return [index];
}
