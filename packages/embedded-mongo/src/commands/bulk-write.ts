import { integerOf, isTruthy } from '../bson/numbers.js';
import { documentOf, int32, type Document, type Value } from '../bson/values.js';
import { Arguments } from '../engine/arguments.js';
import { CommandError, badValue, known, unsupported } from '../errors.js';
import { writes } from './context.js';
import { deleteOf, insertOf, runWrites, statements, updateOf, type Target, type Write } from './writes.js';

/** `bulkWrite` of MongoDB 8.0: writes to several collections in one command, by default in order and only up to the first refusal. */
export const bulkWrite = writes(
  ['ops', 'nsInfo', 'ordered', 'errorsOnly', 'bypassDocumentValidation'],
  (context, args) => {
    if (context.database !== 'admin') throw badValue('bulkWrite may only be run against the admin database.');
    if (!args.flag('errorsOnly')) throw unsupported('the option errorsOnly: false of bulkWrite');
    const targets = statements(args, 'nsInfo').map((given): Target => {
      const ns = new Arguments(given, 'bulkWrite.nsInfo', ['ns']).string('ns');
      const [database = '', ...collection] = ns.split('.');
      return { catalog: context.catalog, database, collection: collection.join('.') };
    });
    const operations = statements(args, 'ops');
    const outcomes = runWrites(operations, args.flag('ordered', true), (given) => writeOf(given, targets));
    const errors: Document[] = [];
    const totals = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome instanceof CommandError) {
        totals.nErrors++;
        errors.push(new Map([['ok', 0], ['idx', int32(index)], ...outcome.fields(), ['n', int32(0)]]));
        continue;
      }
      const [kind = ''] = operations[index]?.keys() ?? [];
      if (kind === 'insert') totals.nInserted += outcome.n;
      else if (kind === 'delete') totals.nDeleted += outcome.n;
      else if (outcome.upserted === undefined) totals.nMatched += outcome.n;
      else totals.nUpserted += outcome.n;
      totals.nModified += outcome.modified ?? 0;
    }
    return new Map<string, Value>([
      ['cursor', documentOf({ id: 0n, firstBatch: errors, ns: 'admin.$cmd.bulkWrite' })],
      ...Object.entries(totals).map(([name, count]): [string, Value] => [name, int32(count)]),
    ]);
  },
);

function writeOf(given: Document, targets: readonly Target[]): Write {
  const [[kind, number] = ['', undefined]] = given;
  const target = targets[integerOf(number) ?? -1];
  if (!target) throw badValue('BulkWrite ops entry points to no entry of nsInfo');
  return known(KINDS, 'bulkWrite operation', kind)(target, given);
}

const KINDS: Readonly<Record<string, (target: Target, given: Document) => Write>> = {
  insert: (target, given) =>
    insertOf(
      target,
      new Arguments(given, 'bulkWrite.insert', ['insert', 'document']).document('document', null),
    ),
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
