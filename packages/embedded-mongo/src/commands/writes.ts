import { decodeDocument } from '../bson/decode.js';
import { isDocument, type Document, type Value } from '../bson/values.js';
import type { Catalog } from '../engine/catalog.js';
import type { Collection, FoundDocument } from '../engine/collection.js';
import type { FilterNode } from '../engine/filter/node.js';
import { parseFilter } from '../engine/filter/parse.js';
import { applyUpdate } from '../engine/update/apply.js';
import { parseUpdate } from '../engine/update/parse.js';
import { upsertDocument, withId } from '../engine/update/upsert.js';
import { CODES, CommandError, WriteFailedError } from '../errors.js';
import { Arguments } from './arguments.js';
import type { CommandContext } from './context.js';
import { select } from './query.js';

const MAX_WRITE_BATCH = 100_000;

/** What the statements of updates and deletes may say. */
export const UPDATE_OPTIONS: ReadonlySet<string> = new Set(['q', 'u', 'multi', 'upsert']);
export const DELETE_OPTIONS: ReadonlySet<string> = new Set(['q', 'limit']);

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
}

/** One write, understood but not run. */
export type Write = () => WriteResult;

/** The documents of a write command, from its body or from the sequence beside it. */
export function statements(context: CommandContext, args: Arguments, field: string): readonly Document[] {
  const inBody = args.array(field) ?? [];
  const beside = context.sequences.get(field);
  const count = beside?.length ?? inBody.length;
  if (count === 0 || count > MAX_WRITE_BATCH) {
    throw new CommandError(
      'InvalidOptions',
      `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${count} operations.`,
    );
  }
  if (beside) return beside.map((bytes) => decodeDocument(bytes));
  return inBody.map((entry) => {
    if (!isDocument(entry)) throw new CommandError('TypeMismatch', `BSON field '${field}' must hold objects`);
    return entry;
  });
}

/**
 * Understands all writes before the first one is made, because what is not supported must leave nothing behind; then makes them in order. One that is
 * refused is told and, when `ordered`, the last one tried.
 * @throws CommandError 115 for what is outside the subset: that undoes the whole command
 */
export function runWrites(
  given: readonly Document[],
  ordered: boolean,
  parse: (each: Document) => Write,
  tell: { done(result: WriteResult, index: number): void; refused(error: CommandError, index: number): void },
): void {
  const writes = given.map((each): Write => {
    try {
      return parse(each);
    } catch (error) {
      if (!isRefusalOfOne(error)) throw error;
      return () => {
        throw error;
      };
    }
  });
  for (const [index, write] of writes.entries()) {
    try {
      tell.done(write(), index);
    } catch (error) {
      if (!isRefusalOfOne(error)) throw error;
      tell.refused(error, index);
      if (ordered) return;
    }
  }
}

/** MongoDB's own refusals belong to their statement; a store that cannot write has no statement to blame. */
function isRefusalOfOne(error: unknown): error is CommandError {
  return (
    error instanceof CommandError &&
    !(error instanceof WriteFailedError) &&
    error.code !== CODES.CommandNotSupported
  );
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
  const query = args.document('q');
  const filter = parseFilter(query);
  const update = parseUpdate(args.value('u'));
  const [multi, upsert] = [args.flag('multi'), args.flag('upsert')];
  if (multi && update.kind === 'replacement')
    throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
  return () => {
    const existing = catalog.find(database, collection);
    let n = 0;
    let modified = 0;
    for (const found of existing ? targets(existing, filter, multi) : []) {
      n++;
      if (existing?.replace(found, applyUpdate(found.document, update, false))) modified++;
    }
    if (n > 0 || !upsert) return { n, modified };
    const document = upsertDocument(query, update);
    catalog.ensure(database, collection).insert(document);
    return { n: 1, modified, upserted: document.get('_id') };
  };
}

/** @throws CommandError for what is malformed or outside the subset */
export function deleteOf({ catalog, database, collection }: Target, statement: Document): Write {
  const args = new Arguments(statement, 'delete.deletes', DELETE_OPTIONS);
  const query = args.document('q');
  const filter = parseFilter(query);
  const limit = args.count('limit') ?? 0;
  if (limit > 1)
    throw new CommandError('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  return () => {
    const existing = catalog.find(database, collection);
    if (!existing) return { n: 0 };
    if (limit === 0 && query.size === 0) return { n: existing.clear() };
    let n = 0;
    for (const found of targets(existing, filter, limit === 0)) {
      existing.delete(found);
      n++;
    }
    return { n };
  };
}

/** The first document, or all. These are found before the first is changed: a change must not make one come up twice. */
function* targets(
  collection: Collection,
  filter: FilterNode,
  multi: boolean,
): IterableIterator<FoundDocument> {
  const found = select(collection, { filter, limit: multi ? Infinity : 1 });
  if (!multi) {
    yield* found;
    return;
  }
  for (const id of Array.from(found, (each) => each.id)) {
    const current = collection.get(id);
    if (current) yield current;
  }
}
