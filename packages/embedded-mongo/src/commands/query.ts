import { encodeDocument } from '../bson/encode.js';
import type { Document } from '../bson/values.js';
import type { Collection, Examined, FoundDocument } from '../engine/collection.js';
import type { Filter } from '../engine/filter/filter.js';
import type { KeyField } from '../engine/index/keys.js';
import { coverageOf } from '../engine/index/coverage.js';
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

export interface ResultOptions extends SelectOptions {
  readonly project: ((document: Document) => Document) | undefined;
  /** The fields that it leaves, when they are some by their names. */
  readonly names: ReadonlySet<string> | undefined;
}

/** What a `find` gives, in its order; from the index alone where it tells all that is asked. */
export function* results(collection: Collection, options: ResultOptions): IterableIterator<Buffer> {
  const { filter, sort = [], limit = 0, examined, project, names } = options;
  const plan = planQuery(filter, sort, collection.indexes);
  const tell = project && coverageOf(plan, filter, names);
  if (!tell) {
    for (const { bytes, document } of select(collection, options))
      yield project ? encodeDocument(project(document)) : bytes;
    return;
  }
  let count = 0;
  for (const told of collection.covered(plan, filter, tell, examined)) {
    yield encodeDocument(told instanceof Map ? told : project(told.document));
    if (++count === limit) return;
  }
}
