import { integerOf, isTruthy } from '../bson/numbers.js';
import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { Arguments } from './arguments.js';
import type { Command } from './context.js';
import {
  deleteOf,
  insertOf,
  runWrites,
  statements,
  updateOf,
  type Target,
  type Write,
  type WriteResult,
} from './writes.js';

const NAMESPACE_OPTIONS: ReadonlySet<string> = new Set(['ns']);
const INSERT_OPTIONS: ReadonlySet<string> = new Set(['insert', 'document']);

/** `bulkWrite` of MongoDB 8.0: writes to several collections in one command, by default in order and only up to the first refusal. */
const bulkWrite: Command = {
  writes: true,
  options: ['ops', 'nsInfo', 'ordered', 'errorsOnly', 'bypassDocumentValidation'],
  run: (context, args) => {
    if (context.database !== 'admin')
      throw new CommandError(13, 'bulkWrite may only be run against the admin database.');
    const errorsOnly = args.flag('errorsOnly');
    const targets = statements(context, args, 'nsInfo').map((given): Target => {
      const ns = new Arguments(given, 'bulkWrite.nsInfo', NAMESPACE_OPTIONS).string('ns');
      const dot = ns.indexOf('.');
      if (dot < 1 || dot === ns.length - 1)
        throw new CommandError('InvalidNamespace', `Invalid namespace specified '${ns}'`);
      return { catalog: context.catalog, database: ns.slice(0, dot), collection: ns.slice(dot + 1) };
    });
    const kinds: string[] = [];
    const parse = (given: Document): Write => {
      const [[kind, number] = ['', undefined]] = given;
      kinds.push(kind);
      const index = integerOf(number) ?? -1;
      const target = targets[index];
      const parseKind = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
      if (!target)
        throw new CommandError('BadValue', `BulkWrite ops entry points to invalid nsInfo index ${index}`);
      if (!parseKind) throw new CommandError('FailedToParse', `Unknown bulkWrite operation '${kind}'`);
      return parseKind(target, given);
    };
    const results: Document[] = [];
    const totals = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
    runWrites(statements(context, args, 'ops'), args.flag('ordered', true), parse, {
      done: (result, index) => {
        const kind = kinds[index] ?? '';
        if (kind === 'insert') totals.nInserted += result.n;
        else if (kind === 'delete') totals.nDeleted += result.n;
        else if (result.upserted === undefined) totals.nMatched += result.n;
        else totals.nUpserted += result.n;
        totals.nModified += result.modified ?? 0;
        if (!errorsOnly) results.push(lineOf(result, index, kind));
      },
      refused: (error, index) => {
        totals.nErrors++;
        results.push(refusal(error, index));
      },
    });
    return new Map<string, Value>([
      ['cursor', documentOf({ id: 0n, firstBatch: results, ns: 'admin.$cmd.bulkWrite' })],
      ...Object.entries(totals).map(([name, count]): [string, Value] => [name, int32(count)]),
    ]);
  },
};

const KINDS: Readonly<Record<string, (target: Target, given: Document) => Write>> = {
  insert: (target, given) =>
    insertOf(target, new Arguments(given, 'bulkWrite.insert', INSERT_OPTIONS).document('document')),
  update: (target, given) => updateOf(target, renamed(given, { filter: 'q', updateMods: 'u' })),
  delete: (target, given) => {
    const statement = renamed(given, { filter: 'q', multi: 'limit' });
    statement.set('limit', int32(isTruthy(given.get('multi')) ? 0 : 1));
    return deleteOf(target, statement);
  },
};

/** The operation as the statement that the older commands know, without its kind. */
function renamed(operation: Document, names: Readonly<Record<string, string>>): Document {
  return new Map([...operation].slice(1).map(([name, value]) => [names[name] ?? name, value]));
}

function lineOf({ n, modified, upserted }: WriteResult, index: number, kind: string): Document {
  return documentOf({
    ok: 1,
    idx: int32(index),
    n: int32(n),
    nModified: kind === 'update' ? int32(modified ?? 0) : undefined,
    upserted: upserted === undefined ? undefined : documentOf({ _id: upserted }),
  });
}

function refusal({ code, extra, message }: CommandError, index: number): Document {
  return new Map<string, Value>([
    ['ok', 0],
    ['idx', int32(index)],
    ['code', int32(code)],
    ['errmsg', message],
    ...(extra ?? []),
    ['n', int32(0)],
  ]);
}

export const bulkWriteCommands: Record<string, Command> = { bulkWrite };
