import { decodeDocument } from '../bson/decode.js';
import { isDocument, type Document, type Value } from '../bson/values.js';
import type { Catalog } from '../engine/catalog.js';
import type { Collection, FoundDocument } from '../engine/collection.js';
import type { FilterNode } from '../engine/filter/node.js';
import { parseFilter } from '../engine/filter/parse.js';
import { applyUpdate } from '../engine/update/apply.js';
import { parseUpdate, type Update } from '../engine/update/parse.js';
import { upsertDocument } from '../engine/update/upsert.js';
import { CODES, CommandError, WriteFailedError } from '../errors.js';
import { Arguments } from './arguments.js';
import type { CommandContext } from './context.js';
import { select } from './query.js';

const MAX_WRITE_BATCH = 100_000;

/** What the statements of updates and deletes may say. */
export const UPDATE_STATEMENT_OPTIONS = ['q', 'u', 'multi', 'upsert'] as const;
export const DELETE_STATEMENT_OPTIONS = ['q', 'limit'] as const;
const OF_UPDATES: ReadonlySet<string> = new Set(UPDATE_STATEMENT_OPTIONS);
const OF_DELETES: ReadonlySet<string> = new Set(DELETE_STATEMENT_OPTIONS);

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

/** What is outside the subset undoes the whole command; a store that cannot write has no statement to blame. */
export function isRefusalOfOne(error: unknown): error is CommandError {
  return (
    error instanceof CommandError &&
    !(error instanceof WriteFailedError) &&
    error.code !== CODES.CommandNotSupported
  );
}

/** A refusal by 115 ends the whole command at once; MongoDB's own refusals belong to their statement. */
export function parsedOrError<T>(parse: () => T): T | CommandError {
  try {
    return parse();
  } catch (error) {
    if (isRefusalOfOne(error)) return error;
    throw error;
  }
}

/** One statement of an update, understood but not run. */
export interface UpdateStatement {
  readonly query: Document;
  readonly filter: FilterNode;
  readonly update: Update;
  readonly multi: boolean;
  readonly upsert: boolean;
}

/** @throws CommandError for what is malformed or outside the subset */
export function parseUpdateStatement(statement: Document): UpdateStatement {
  const args = new Arguments(statement, 'update.updates', OF_UPDATES);
  const query = args.document('q');
  const multi = args.flag('multi');
  const update = parseUpdate(args.value('u'));
  if (multi && update.kind === 'replacement')
    throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
  return { query, filter: parseFilter(query), update, multi, upsert: args.flag('upsert') };
}

/** What an update has done. */
export interface UpdateResult {
  readonly matched: number;
  readonly modified: number;
  /** The id of the document that it inserted. */
  readonly upserted?: Value;
}

export function runUpdate(
  catalog: Catalog,
  database: string,
  name: string,
  { query, filter, update, multi, upsert }: UpdateStatement,
): UpdateResult {
  const existing = catalog.find(database, name);
  let matched = 0;
  let modified = 0;
  for (const found of existing ? targets(existing, filter, multi) : []) {
    matched++;
    if (existing?.replace(found, applyUpdate(found.document, update, false))) modified++;
  }
  if (matched > 0 || !upsert) return { matched, modified };
  const document = upsertDocument(query, update);
  catalog.ensure(database, name).insert(document);
  return { matched, modified, upserted: document.get('_id') };
}

/** One statement of a delete, understood but not run. */
export interface DeleteStatement {
  readonly filter: FilterNode;
  readonly everything: boolean;
  readonly multi: boolean;
}

/** @throws CommandError for what is malformed or outside the subset */
export function parseDeleteStatement(statement: Document): DeleteStatement {
  const args = new Arguments(statement, 'delete.deletes', OF_DELETES);
  const query = args.document('q');
  const limit = args.count('limit') ?? 0;
  if (limit > 1)
    throw new CommandError('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  return { filter: parseFilter(query), everything: limit === 0 && query.size === 0, multi: limit === 0 };
}

/** @returns how many documents are gone */
export function runDelete(
  collection: Collection | undefined,
  { filter, everything, multi }: DeleteStatement,
): number {
  if (!collection) return 0;
  if (everything) return collection.clear();
  let n = 0;
  for (const found of targets(collection, filter, multi)) {
    collection.delete(found);
    n++;
  }
  return n;
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
