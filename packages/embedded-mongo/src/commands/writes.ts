import type { Document, Value } from '../bson/values.js';
import type { Catalog } from '../engine/catalog.js';
import type { Collection, FoundDocument } from '../engine/collection.js';
import type { Filter } from '../engine/filter/filter.js';
import { parseFilter } from '../engine/filter/parse.js';
import { applyUpdate, upsertDocument, withId } from '../engine/update/apply.js';
import { parseUpdate } from '../engine/update/parse.js';
import { CommandError, WriteFailedError, failedToParse } from '../errors.js';
import { MAX_WRITE_BATCH } from '../limits.js';
import { Arguments } from '../engine/arguments.js';
import { select } from './query.js';

/** What the statements of updates and deletes may say. */
export const UPDATE_OPTIONS = ['q', 'u', 'multi', 'upsert'] as const;
export const DELETE_OPTIONS = ['q', 'limit'] as const;

/** The collection that is written to; it need not be there. */
export interface Target {
  readonly catalog: Catalog;
  readonly database: string;
  readonly collection: string;
}

/** What one write has done. */
export interface WriteResult {
  /** Documents inserted, found by an update, or deleted. */
  readonly n: number;
  readonly modified?: number;
  /** The id of the document that an update inserted, which `n` counts. */
  readonly upserted?: Value;
  /** The last document that was found, as it was, and the last that was written. */
  readonly before?: Document;
  readonly after?: Document;
}

/** One write, understood but not run. */
export type Write = () => WriteResult;

/** The documents of a write command. */
export function statements(args: Arguments, field: string): readonly Document[] {
  const given = args.documents(field);
  if (given.length > 0 && given.length <= MAX_WRITE_BATCH) return given;
  throw new CommandError('InvalidOptions', `${given.length} writes where 1 to ${MAX_WRITE_BATCH} may be`);
}

/**
 * Understands all writes before the first one is made, because what is not supported must leave nothing behind; then makes them in order. One that is
 * refused is, when `ordered`, the last one tried.
 * @returns what became of each that was tried
 * @throws CommandError 115 for what is outside the subset: that undoes the whole command
 */
export function runWrites(
  given: readonly Document[],
  ordered: boolean,
  parse: (each: Document) => Write,
): (WriteResult | CommandError)[] {
  const writes = given.map((each) => attempt(() => parse(each)));
  const outcomes: (WriteResult | CommandError)[] = [];
  for (const write of writes) {
    const outcome = write instanceof CommandError ? write : attempt(write);
    outcomes.push(outcome);
    if (ordered && outcome instanceof CommandError) break;
  }
  return outcomes;
}

/** MongoDB's own refusals belong to their statement; a store that cannot write has no statement to blame. */
function attempt<T>(work: () => T): T | CommandError {
  try {
    return work();
  } catch (error) {
    const isOfOne = error instanceof CommandError && !(error instanceof WriteFailedError);
    if (isOfOne && error.codeName !== 'CommandNotSupported') return error;
    throw error;
  }
}

export function insertOf({ catalog, database, collection }: Target, given: Document): Write {
  const document = withId(given);
  return () => {
    catalog.ensure(database, collection).insert(document);
    return { n: 1 };
  };
}

/** @throws CommandError for what is malformed or outside the subset */
export function updateOf({ catalog, database, collection }: Target, statement: Document): Write {
  const args = new Arguments(statement, 'update.updates', UPDATE_OPTIONS);
  const query = args.document('q', null);
  const filter = parseFilter(query);
  const update = parseUpdate(args.value('u'));
  const [multi, upsert] = [args.flag('multi'), args.flag('upsert')];
  if (multi && update instanceof Map) throw failedToParse('multi update is not supported for replacements');
  return () => {
    const existing = catalog.find(database, collection);
    let [n, modified] = [0, 0];
    let [before, after]: (Document | undefined)[] = [];
    for (const found of targets(existing, filter, multi)) {
      n++;
      before = found.document;
      after = applyUpdate(before, update, false);
      if (existing?.replace(found, after)) modified++;
    }
    if (n > 0 || !upsert) return { n, modified, before, after };
    after = upsertDocument(query, update);
    catalog.ensure(database, collection).insert(after);
    return { n: 1, modified, upserted: after.get('_id'), after };
  };
}

/** @throws CommandError for what is malformed or outside the subset */
export function deleteOf({ catalog, database, collection }: Target, statement: Document): Write {
  const args = new Arguments(statement, 'delete.deletes', DELETE_OPTIONS);
  const query = args.document('q', null);
  const filter = parseFilter(query);
  const limit = args.count('limit') ?? NaN;
  if (limit !== 0 && limit !== 1) throw failedToParse(`The limit of a delete must be 0 or 1, not ${limit}`);
  return () => {
    const existing = catalog.find(database, collection);
    if (existing && limit === 0 && query.size === 0) return { n: existing.clear() };
    let n = 0;
    let before: Document | undefined;
    for (const found of targets(existing, filter, limit === 0)) {
      existing?.delete(found);
      before = found.document;
      n++;
    }
    return { n, before };
  };
}

/** The first document, or all. These are found before the first is changed: a change must not make one come up twice. */
function* targets(
  collection: Collection | undefined,
  filter: Filter,
  multi: boolean,
): IterableIterator<FoundDocument> {
  if (!collection) return;
  const found = select(collection, { filter, limit: multi ? 0 : 1 });
  if (!multi) {
    yield* found;
    return;
  }
  for (const id of Array.from(found, (each) => each.id)) {
    const current = collection.get(id);
    if (current) yield current;
  }
}
