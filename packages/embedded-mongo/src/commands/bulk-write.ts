import { integerOf } from '../bson/numbers.js';
import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import type { Catalog } from '../engine/catalog.js';
import { withId } from '../engine/update/upsert.js';
import { CommandError } from '../errors.js';
import { Arguments } from './arguments.js';
import type { Command } from './context.js';
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
  nInserted: number;
  nMatched: number;
  nModified: number;
  nUpserted: number;
  nDeleted: number;
}

/** One write of a bulk, understood but not run. Adds to the totals; returns its line in the results, without `ok` and `idx`. */
type Operation = (totals: Totals) => Record<string, Value | undefined>;

interface Namespace {
  readonly database: string;
  readonly collection: string;
}

/** `bulkWrite` of MongoDB 8.0: writes to several collections in one command, by default in order and only up to the first refusal. */
const bulkWrite: Command = {
  writes: true,
  options: ['ops', 'nsInfo', 'ordered', 'errorsOnly', 'bypassDocumentValidation'],
  run: (context, args) => {
    if (context.database !== 'admin')
      throw new CommandError(13, 'bulkWrite may only be run against the admin database.');
    const ordered = args.flag('ordered', true);
    const errorsOnly = args.flag('errorsOnly');
    const namespaces = statements(context, args, 'nsInfo').map(parseNamespace);
    // All are understood before the first one writes: what is not supported must leave nothing behind.
    const operations = statements(context, args, 'ops').map((given) =>
      parsedOrError(() => parseOperation(context.catalog, namespaces, given)),
    );
    const totals: Totals = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
    const results: Document[] = [];
    let errors = 0;
    for (const [index, operation] of operations.entries()) {
      const result = runOne(operation, index, totals);
      const refused = result.get('ok') === 0;
      if (refused) errors++;
      if (refused || !errorsOnly) results.push(result);
      if (refused && ordered) break;
    }
    const counts = Object.entries(totals).map(([name, count]) => [name, int32(count as number)] as const);
    return documentOf({
      cursor: documentOf({ id: 0n, firstBatch: results, ns: RESULTS_NAMESPACE }),
      nErrors: int32(errors),
      ...Object.fromEntries(counts),
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

function parseNamespace(information: Document): Namespace {
  const ns = new Arguments(information, 'bulkWrite.nsInfo', NAMESPACE_OPTIONS).string('ns');
  const dot = ns.indexOf('.');
  if (dot < 1 || dot === ns.length - 1)
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${ns}'`);
  return { database: ns.slice(0, dot), collection: ns.slice(dot + 1) };
}

function parseOperation(catalog: Catalog, namespaces: readonly Namespace[], given: Document): Operation {
  const [[kind, number] = ['', undefined]] = given;
  const index = integerOf(number) ?? -1;
  const namespace = namespaces[index];
  if (!namespace)
    throw new CommandError('BadValue', `BulkWrite ops entry points to invalid nsInfo index ${index}`);
  const parse = Object.hasOwn(OPERATIONS, kind) ? OPERATIONS[kind] : undefined;
  if (!parse) throw new CommandError('FailedToParse', `Unknown bulkWrite operation '${kind}'`);
  return parse(catalog, namespace, given);
}

const OPERATIONS: Readonly<
  Record<string, (catalog: Catalog, namespace: Namespace, given: Document) => Operation>
> = {
  insert: (catalog, { database, collection }, given) => {
    const document = withId(new Arguments(given, 'bulkWrite.insert', INSERT_OPTIONS).document('document'));
    return (totals) => {
      catalog.ensure(database, collection).insert(document);
      totals.nInserted++;
      return { n: int32(1) };
    };
  },
  update: (catalog, { database, collection }, given) => {
    const statement = parseUpdateStatement(renamed(given, { filter: 'q', updateMods: 'u' }));
    return (totals) => {
      const { matched, modified, upserted } = runUpdate(catalog, database, collection, statement);
      totals.nMatched += matched;
      totals.nModified += modified;
      if (upserted === undefined) return { n: int32(matched), nModified: int32(modified) };
      totals.nUpserted++;
      return { n: int32(1), nModified: int32(modified), upserted: documentOf({ _id: upserted }) };
    };
  },
  delete: (catalog, { database, collection }, given) => {
    const { multi = false, ...rest } = Object.fromEntries(given);
    const limit = int32(multi === true ? 0 : 1);
    const statement = parseDeleteStatement(renamed(documentOf({ ...rest, limit }), { filter: 'q' }));
    return (totals) => {
      const n = runDelete(catalog.find(database, collection), statement);
      totals.nDeleted += n;
      return { n: int32(n) };
    };
  },
};

const NAMESPACE_OPTIONS: ReadonlySet<string> = new Set(['ns']);
const INSERT_OPTIONS: ReadonlySet<string> = new Set(['insert', 'document']);

/** The operation as the statement that the older commands know, without its kind. */
function renamed(operation: Document, names: Readonly<Record<string, string>>): Document {
  return new Map([...operation].slice(1).map(([name, value]) => [names[name] ?? name, value]));
}

export const bulkWriteCommands: Record<string, Command> = { bulkWrite };
