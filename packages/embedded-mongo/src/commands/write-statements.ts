import { decodeDocument } from '../bson/decode.js';
import { isDocument, type Document, type Value } from '../bson/values.js';
import { CODES, CommandError, WriteFailedError } from '../errors.js';
import type { Collection, FoundDocument } from '../engine/collection.js';
import { matches, type Positions } from '../engine/filter/match.js';
import type { FilterNode } from '../engine/filter/node.js';
import { parseFilter } from '../engine/filter/parse.js';
import type { KeyField } from '../engine/index/keys.js';
import { parseSort } from '../engine/sort.js';
import { applyUpdate } from '../engine/update/apply.js';
import { parseUpdate, type Update } from '../engine/update/parse.js';
import { upsertDocument } from '../engine/update/upsert.js';
import { Arguments } from './arguments.js';
import type { CommandContext } from './context.js';
import { planFor, select } from './query.js';

const MAX_WRITE_BATCH = 100_000;
const NOTHING: Document = new Map();

/** The documents of a write command, from its body or from the sequence beside it. */
export function statements(context: CommandContext, args: Arguments, field: string): readonly Document[] {
  const inBody = args.array(field);
  const beside = context.sequences.get(field);
  const count = beside?.length ?? inBody?.length ?? 0;
  if (count === 0 || count > MAX_WRITE_BATCH) {
    throw new CommandError(
      'InvalidOptions',
      `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${count} operations.`,
    );
  }
  if (beside) return beside.map((bytes) => decodeDocument(bytes));
  return (inBody ?? []).map((entry) => {
    if (!isDocument(entry)) throw new CommandError('TypeMismatch', `BSON field '${field}' must hold objects`);
    return entry;
  });
}

/** One statement of an update, understood but not run. */
export interface UpdateStatement {
  readonly filter: FilterNode;
  readonly query: Document;
  readonly update: Update;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly sort: readonly KeyField[];
  readonly hint: Value | undefined;
}

/** @throws CommandError for what is malformed or outside the subset */
export function parseUpdateStatement(statement: Document): UpdateStatement {
  const args = new Arguments(statement, 'update.updates');
  const query = args.document('q') ?? NOTHING;
  const multi = args.flag('multi');
  const sort = parseSort(args.document('sort') ?? NOTHING);
  const parsed = {
    query,
    filter: parseFilter(query),
    update: parseUpdate(args.value('u') ?? null, args.value('arrayFilters')),
    multi,
    upsert: args.flag('upsert'),
    sort,
    hint: args.value('hint'),
  };
  args.simpleCollation();
  args.ignore('upsertSupplied');
  args.refuseUnlessFalsy('c');
  args.finish();
  if (multi && parsed.update.kind === 'replacement')
    throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
  if (multi && sort.length > 0)
    throw new CommandError('FailedToParse', 'Cannot specify sort with multi=true');
  return parsed;
}

/** The documents to change are found before the first is changed: a change must not make one come up twice. */
function targets(collection: Collection, statement: UpdateStatement): number[] {
  const plan = planFor(collection, statement.filter, [], statement.hint);
  return [...collection.find(plan, statement.filter)].map(({ id }) => id);
}

/** Applies the update to a document that matched; positions are those of this match. */
export function changeOne(
  collection: Collection,
  found: FoundDocument,
  filter: FilterNode,
  update: Update,
): { changed: boolean; document: Document } {
  const positions: Positions = [];
  matches(filter, found.document, positions);
  const document = applyUpdate(found.document, update, { positions, inserting: false });
  return { changed: collection.replace(found, document), document };
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
    if (error instanceof CommandError && error.code !== CODES.CommandNotSupported) return error;
    throw error;
  }
}

/** Adds to the totals what it has done. @returns the id of an upserted document */
export function runUpdate(
  context: CommandContext,
  name: string,
  statement: UpdateStatement,
  totals: { n: number; modified: number },
): Value | undefined {
  const existing = context.catalog.find(context.database, name);
  let matched = 0;
  if (existing && statement.multi) {
    for (const id of targets(existing, statement)) {
      const found = existing.get(id);
      if (!found) continue;
      const { changed } = changeOne(existing, found, statement.filter, statement.update);
      matched++;
      totals.n++;
      if (changed) totals.modified++;
    }
  } else if (existing) {
    for (const found of select(existing, { limit: 1, ...statement })) {
      const { changed } = changeOne(existing, found, statement.filter, statement.update);
      matched++;
      totals.n++;
      if (changed) totals.modified++;
    }
  }
  if (matched > 0 || !statement.upsert) return undefined;
  const document = upsertDocument(statement.query, statement.update);
  context.catalog.ensure(context.database, name).insert(document);
  totals.n++;
  return document.get('_id');
}

/** One statement of a delete, understood but not run. */
export interface DeleteStatement {
  readonly filter: FilterNode;
  readonly everything: boolean;
  /** 0 means all. */
  readonly limit: number;
  readonly hint: Value | undefined;
}

/** @throws CommandError for what is malformed or outside the subset */
export function parseDeleteStatement(statement: Document): DeleteStatement {
  const args = new Arguments(statement, 'delete.deletes');
  const query = args.document('q') ?? NOTHING;
  const filter = parseFilter(query);
  const limit = args.count('limit') ?? 0;
  if (limit > 1)
    throw new CommandError('FailedToParse', `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  const hint = args.value('hint');
  args.simpleCollation();
  args.finish();
  return { filter, everything: query.size === 0 && hint === undefined, limit, hint };
}

/** @returns how many documents are gone */
export function runDelete(collection: Collection | undefined, statement: DeleteStatement): number {
  if (!collection) return 0;
  const { filter, everything, limit, hint } = statement;
  if (limit === 0 && everything) return collection.clear();
  const found = [...select(collection, { filter, sort: [], hint, limit: limit === 1 ? 1 : Infinity })];
  let n = 0;
  for (const { id } of found) {
    const document = collection.get(id);
    if (!document) continue;
    collection.delete(document);
    n++;
  }
  return n;
}
