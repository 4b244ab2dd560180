import { integerOf } from '../bson/numbers.js';
import { documentOf, int32, isDocument, type Document, type Value } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { withId } from '../engine/update/upsert.js';
import { Arguments } from './arguments.js';
import type { Command, CommandContext } from './context.js';
import {
  isRefusalOfOne,
  parseDeleteStatement,
  parsedOrError,
  parseUpdateStatement,
  runDelete,
  runUpdate,
  statements,
} from './write-statements.js';

const RESULTS_NAMESPACE = 'admin.$cmd.bulkWrite';

interface Totals {
  inserted: number;
  matched: number;
  modified: number;
  upserted: number;
  deleted: number;
}

/** One write of a bulk, understood but not run. Adds to the totals; returns its line in the results, without `ok` and `idx`. */
type Operation = (totals: Totals) => Record<string, Value | undefined>;

/** `bulkWrite` of MongoDB 8.0: writes to several collections in one command, by default in order and only up to the first refusal. */
const bulkWrite: Command = {
  writes: true,
  run: (context, args) => {
    if (context.database !== 'admin')
      throw new CommandError(13, 'bulkWrite may only be run against the admin database.');
    args.value('bulkWrite');
    const ordered = args.flag('ordered', true);
    const errorsOnly = args.flag('errorsOnly');
    args.writeConcern();
    args.ignore('bypassDocumentValidation', 'maxTimeMS');
    args.refuseUnlessFalsy('let', 'cursor');
    const namespaces = statements(context, args, 'nsInfo').map(parseNamespace);
    const given = statements(context, args, 'ops');
    args.finish();
    // All are understood before the first one writes: what is not supported must leave nothing behind.
    const operations = given.map((each) => parsedOrError(() => parseOperation(context, namespaces, each)));
    const totals: Totals = { inserted: 0, matched: 0, modified: 0, upserted: 0, deleted: 0 };
    const results: Document[] = [];
    let errors = 0;
    for (const [index, operation] of operations.entries()) {
      const result = runOne(operation, index, totals);
      const refused = result.get('ok') === 0;
      if (refused) errors++;
      if (refused || !errorsOnly) results.push(result);
      if (refused && ordered) break;
    }
    return documentOf({
      cursor: documentOf({ id: 0n, firstBatch: results, ns: RESULTS_NAMESPACE }),
      nErrors: int32(errors),
      nInserted: int32(totals.inserted),
      nMatched: int32(totals.matched),
      nModified: int32(totals.modified),
      nUpserted: int32(totals.upserted),
      nDeleted: int32(totals.deleted),
    });
  },
};

function runOne(operation: Operation | CommandError, index: number, totals: Totals): Document {
  try {
    if (operation instanceof CommandError) throw operation;
    return documentOf({ ok: 1, idx: int32(index), ...operation(totals) });
  } catch (error) {
    if (!isRefusalOfOne(error)) throw error;
    return new Map<string, Value>([
      ['ok', 0],
      ['idx', int32(index)],
      ['code', int32(error.code)],
      ['errmsg', error.message],
      ...(error.extra ?? []),
      ['n', int32(0)],
    ]);
  }
}

interface Namespace {
  readonly database: string;
  readonly collection: string;
}

function parseNamespace(information: Document): Namespace {
  const args = new Arguments(information, 'bulkWrite.nsInfo');
  const ns = args.string('ns');
  args.finish();
  const dot = ns.indexOf('.');
  if (dot < 1 || dot === ns.length - 1)
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${ns}'`);
  return { database: ns.slice(0, dot), collection: ns.slice(dot + 1) };
}

function parseOperation(
  context: CommandContext,
  namespaces: readonly Namespace[],
  given: Document,
): Operation {
  const [[kind, number] = ['', undefined]] = given;
  const { database, collection } = namespaceOf(namespaces, number);
  const there = { ...context, database };
  switch (kind) {
    case 'insert': {
      const args = new Arguments(given, 'bulkWrite.insert');
      args.value('insert');
      const document = args.value('document');
      args.finish();
      if (!isDocument(document))
        throw new CommandError('TypeMismatch', "BSON field 'bulkWrite.insert.document' must be an object");
      const complete = withId(document);
      return (totals) => {
        context.catalog.ensure(database, collection).insert(complete);
        totals.inserted++;
        return { n: int32(1) };
      };
    }
    case 'update': {
      const statement = parseUpdateStatement(renamed(given, { filter: 'q', updateMods: 'u' }));
      return (totals) => {
        const own = { n: 0, modified: 0 };
        const upserted = runUpdate(there, collection, statement, own);
        if (upserted === undefined) totals.matched += own.n;
        else totals.upserted++;
        totals.modified += own.modified;
        return {
          n: int32(own.n),
          nModified: int32(own.modified),
          upserted: upserted === undefined ? undefined : documentOf({ _id: upserted }),
        };
      };
    }
    case 'delete': {
      const statement = parseDeleteStatement(
        renamed(given, { filter: 'q', multi: 'limit' }, (multi) => int32(multi === true ? 0 : 1)),
      );
      return (totals) => {
        const n = runDelete(context.catalog.find(database, collection), statement);
        totals.deleted += n;
        return { n: int32(n) };
      };
    }
    default:
      throw new CommandError('FailedToParse', `Unknown bulkWrite operation '${kind}'`);
  }
}

function namespaceOf(namespaces: readonly Namespace[], number: Value | undefined): Namespace {
  const index = integerOf(number) ?? -1;
  const namespace = namespaces[index];
  if (namespace) return namespace;
  throw new CommandError('BadValue', `BulkWrite ops entry points to invalid nsInfo index ${index}`);
}

/** The operation as the statement that the older commands know; `limit` is made of `multi`, also when that is not given. */
function renamed(
  operation: Document,
  names: Readonly<Record<string, string>>,
  limitOf?: (multi: Value | undefined) => Value,
): Document {
  const statement: Document = new Map();
  for (const [index, [name, value]] of [...operation].entries())
    if (index > 0 && names[name] !== 'limit') statement.set(names[name] ?? name, value);
  if (limitOf) statement.set('limit', limitOf(operation.get('multi')));
  return statement;
}

export const bulkWriteCommands: Record<string, Command> = { bulkWrite };
