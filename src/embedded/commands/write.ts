import { decodeDocument } from '../bson/decode.js';
import { documentOf, int32, isDocument, type Document, type Value } from '../bson/values.js';
import { CODES, CommandError, ReadOnlyStoreError } from '../errors.js';
import type { Collection, FoundDocument } from '../engine/collection.js';
import { matches, type Positions } from '../engine/filter/match.js';
import type { FilterNode } from '../engine/filter/node.js';
import { parseFilter } from '../engine/filter/parse.js';
import type { KeyField } from '../engine/index/keys.js';
import { parseSort } from '../engine/sort.js';
import { applyUpdate } from '../engine/update/apply.js';
import { parseUpdate, type Update } from '../engine/update/parse.js';
import { upsertDocument, withId } from '../engine/update/upsert.js';
import { Arguments } from './arguments.js';
import type { Command, CommandContext } from './context.js';
import { planFor, select } from './query.js';

const MAX_WRITE_BATCH = 100_000;
const NOTHING: Document = new Map();
const UNSUPPORTED = CODES.CommandNotSupported;

/** The documents of a write command, from its body or from the sequence beside it. */
function statements(context: CommandContext, args: Arguments, field: string): readonly Document[] {
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

/** Runs the statements in order; one that is refused is reported and, when `ordered`, the last one tried. */
function runEach<T>(items: readonly T[], ordered: boolean, run: (item: T, index: number) => void): Value[] {
  const errors: Value[] = [];
  for (const [index, item] of items.entries()) {
    try {
      run(item, index);
    } catch (error) {
      // What is outside the subset undoes the whole command; a store that cannot write has no statement to blame.
      if (
        !(error instanceof CommandError) ||
        error instanceof ReadOnlyStoreError ||
        error.code === UNSUPPORTED
      )
        throw error;
      errors.push(
        new Map<string, Value>([
          ['index', int32(index)],
          ['code', int32(error.code)],
          ...(error.extra ?? []),
          ['errmsg', error.message],
        ]),
      );
      if (ordered) break;
    }
  }
  return errors;
}

const insert: Command = {
  writes: true,
  run: (context, args) => {
    const name = args.string('insert');
    const ordered = args.flag('ordered', true);
    args.writeConcern();
    args.ignore('bypassDocumentValidation', 'maxTimeMS');
    const documents = statements(context, args, 'documents');
    args.finish();
    let n = 0;
    const prepared = documents.map((given) => parsedOrError(() => withId(given)));
    const writeErrors = runEach(prepared, ordered, (document) => {
      if (document instanceof CommandError) throw document;
      context.catalog.ensure(context.database, name).insert(document);
      n++;
    });
    return documentOf({ n: int32(n), writeErrors: writeErrors.length > 0 ? writeErrors : undefined });
  },
};

interface UpdateStatement {
  readonly filter: FilterNode;
  readonly query: Document;
  readonly update: Update;
  readonly multi: boolean;
  readonly upsert: boolean;
  readonly sort: readonly KeyField[];
  readonly hint: Value | undefined;
}

function parseUpdateStatement(statement: Document): UpdateStatement {
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

const update: Command = {
  writes: true,
  run: (context, args) => {
    const name = args.string('update');
    const ordered = args.flag('ordered', true);
    args.writeConcern();
    args.ignore('bypassDocumentValidation', 'maxTimeMS');
    args.refuseUnlessFalsy('let');
    const updates = statements(context, args, 'updates');
    args.finish();
    // All statements are understood before the first one writes: what is not supported must leave nothing behind.
    const parsed = updates.map((statement) => parsedOrError(() => parseUpdateStatement(statement)));
    const totals = { n: 0, modified: 0 };
    const upserted: Value[] = [];
    const writeErrors = runEach(parsed, ordered, (statement, index) => {
      if (statement instanceof CommandError) throw statement;
      const id = runUpdate(context, name, statement, totals);
      if (id !== undefined) upserted.push(documentOf({ index: int32(index), _id: id }));
    });
    return documentOf({
      n: int32(totals.n),
      upserted: upserted.length > 0 ? upserted : undefined,
      nModified: int32(totals.modified),
      writeErrors: writeErrors.length > 0 ? writeErrors : undefined,
    });
  },
};

/** A refusal by 115 ends the whole command at once; MongoDB's own refusals belong to their statement. */
function parsedOrError<T>(parse: () => T): T | CommandError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof CommandError && error.code !== UNSUPPORTED) return error;
    throw error;
  }
}

/** Returns the id of an upserted document. */
function runUpdate(
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
    for (const found of select(existing, { ...statement, limit: 1 })) {
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

function parseDeleteStatement(statement: Document): {
  filter: FilterNode;
  everything: boolean;
  limit: number;
  hint: Value | undefined;
} {
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

const deleteCommand: Command = {
  writes: true,
  run: (context, args) => {
    const collection = context.catalog.find(context.database, args.string('delete'));
    const ordered = args.flag('ordered', true);
    args.writeConcern();
    args.ignore('maxTimeMS');
    args.refuseUnlessFalsy('let');
    const deletes = statements(context, args, 'deletes');
    args.finish();
    const parsed = deletes.map((statement) => parsedOrError(() => parseDeleteStatement(statement)));
    let n = 0;
    const writeErrors = runEach(parsed, ordered, (statement) => {
      if (statement instanceof CommandError) throw statement;
      if (!collection) return;
      const { filter, limit, hint } = statement;
      if (limit === 0 && statement.everything) {
        n += collection.clear();
        return;
      }
      const found = [
        ...select(collection, { filter, sort: [], hint, limit: limit === 1 ? 1 : Infinity }),
      ].map(({ id }) => id);
      for (const id of found) {
        const document = collection.get(id);
        if (!document) continue;
        collection.delete(document);
        n++;
      }
    });
    return documentOf({ n: int32(n), writeErrors: writeErrors.length > 0 ? writeErrors : undefined });
  },
};

export const writeCommands: Record<string, Command> = { insert, update, delete: deleteCommand };
