import { integerOf } from '../bson/numbers.js';
import { isDocument, type Document, type Value } from '../bson/values.js';
import { encodeDocument } from '../bson/encode.js';
import { CommandError, unsupported } from '../errors.js';
import type { Collection, Examined, FoundDocument } from '../engine/collection.js';
import type { FilterNode } from '../engine/filter/node.js';
import type { KeyField } from '../engine/index/keys.js';
import { planQuery, type OpenIndex, type Plan } from '../engine/index/planner.js';
import { sortDocuments } from '../engine/sort.js';

/** The plan for a query, with the hint it may carry. */
export function planFor(
  collection: Collection,
  filter: FilterNode,
  sort: readonly KeyField[],
  hint: Value | undefined,
): Plan {
  const natural = isDocument(hint) && hint.has('$natural') ? integerOf(hint.get('$natural')) : undefined;
  if (natural === -1) throw unsupported('reverse natural order');
  if (natural === 1) return planQuery(filter, sort, []);
  return planQuery(filter, sort, collection.indexes, hintedIndex(collection, hint));
}

function hintedIndex(collection: Collection, hint: Value | undefined): OpenIndex | undefined {
  if (hint === undefined || (isDocument(hint) && hint.size === 0)) return undefined;
  if (typeof hint !== 'string' && !isDocument(hint))
    throw new CommandError('FailedToParse', 'Hint must be a string or an object');
  const wanted = isDocument(hint) ? encodeDocument(hint) : undefined;
  const index = collection.indexes.find(({ definition }) => {
    const key = definition.specification.get('key');
    return wanted ? isDocument(key) && samePattern(key, hint as Document) : definition.name === hint;
  });
  if (!index)
    throw new CommandError(
      'BadValue',
      'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
    );
  if (index.definition.sparse || index.definition.partial)
    throw unsupported('a hint for a sparse or partial index');
  return index;
}

/** Whether two key patterns name the same fields in the same order and directions. */
export function samePattern(left: Document, right: Document): boolean {
  const text = (pattern: Document): string =>
    JSON.stringify([...pattern].map(([path, value]) => [path, integerOf(value) ?? null]));
  return text(left) === text(right);
}

export interface SelectOptions {
  readonly filter: FilterNode;
  readonly sort: readonly KeyField[];
  readonly hint?: Value | undefined;
  readonly skip?: number;
  readonly limit?: number;
  /** Counts what had to be looked at. */
  readonly examined?: Examined;
}

/** The documents of a query in its order; nothing is read before the first is asked for. */
export function* select(collection: Collection, options: SelectOptions): IterableIterator<FoundDocument> {
  const { filter, sort, skip = 0, limit = Infinity } = options;
  const plan = planFor(collection, filter, sort, options.hint);
  const found = collection.find(plan, filter, options.examined);
  const ordered = plan.sorted
    ? found
    : sortDocuments(
        found,
        sort,
        { document: (item) => item.document, size: (item) => item.bytes.length },
        skip + limit,
      );
  let position = 0;
  for (const item of ordered) {
    if (position++ < skip) continue;
    if (position - skip > limit) return;
    yield item;
    if (position - skip === limit) return;
  }
}
