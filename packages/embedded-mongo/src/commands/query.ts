import type { Collection, Examined, FoundDocument, Told } from '../engine/collection.js';
import type { Filter } from '../engine/filter/filter.js';
import { coverageOf } from '../engine/index/coverage.js';
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
  plan = planQuery(filter, sort, collection.indexes),
): IterableIterator<FoundDocument> {
  const found = collection.find(plan, filter, examined);
  yield* first(plan.sorted ? found : sortDocuments(found, sort, limit === 0 ? Infinity : limit), limit);
}

export interface AnswerOptions extends SelectOptions {
  /** The fields that are asked for, when they are some by their names. */
  readonly names: ReadonlySet<string> | undefined;
}

/** The same; of documents of which an index tells all that is asked for, only that. */
export function answers(collection: Collection, options: AnswerOptions): Iterable<Told> {
  const { filter, sort = [], limit = 0, examined, names } = options;
  const plan = planQuery(filter, sort, collection.indexes);
  const tell = coverageOf(plan, filter, names);
  if (tell) return first(collection.find(plan, filter, examined, tell), limit);
  return select(collection, options, plan);
}

function* first<T>(found: Iterable<T>, limit: number): IterableIterator<T> {
  let count = 0;
  for (const item of found) {
    yield item;
    if (++count === limit) return;
  }
}
