import type { Collection, Examined, FoundDocument } from '../engine/collection.js';
import type { Filter } from '../engine/filter/filter.js';
import type { KeyField } from '../engine/index/keys.js';
import { planQuery } from '../engine/index/planner.js';
import { sortDocuments } from '../engine/sort.js';

export interface SelectOptions {
  readonly filter: Filter;
  readonly sort?: readonly KeyField[];
  /** 0 is the same as none. */
  readonly limit?: number | undefined;
  /** Counts what had to be looked at. */
  readonly examined?: Examined;
}

/** The documents of a query in its order; nothing is read before the first is asked for. */
export function* select(
  collection: Collection,
  { filter, sort = [], limit = 0, examined }: SelectOptions,
): IterableIterator<FoundDocument> {
  const plan = planQuery(filter, sort, collection.indexes);
  const found = collection.find(plan, filter, examined);
  let count = 0;
  for (const item of plan.sorted ? found : sortDocuments(found, sort, limit === 0 ? Infinity : limit)) {
    yield item;
    if (++count === limit) return;
  }
}
