import { integerOf, isTruthy } from '../bson/numbers.js';
import { documentOf, int32 } from '../bson/values.js';
import { Arguments } from '../engine/arguments.js';
import { CommandError, badValue, known } from '../errors.js';
import { writes } from './context.js';
import { deleteOf, insertOf, runWrites, statements, updateOf } from './writes.js';
/** `bulkWrite` of MongoDB 8.0: writes to several collections in one command, by default in order and only up to the first refusal. */
const bulkWrite = writes(['ops', 'nsInfo', 'ordered', 'errorsOnly', 'bypassDocumentValidation'], (context, args) => {
    if (context.database !== 'admin')
        throw badValue('bulkWrite may only be run against the admin database.');
    const errorsOnly = args.flag('errorsOnly');
    const targets = statements(context, args, 'nsInfo').map((given) => {
        const ns = new Arguments(given, 'bulkWrite.nsInfo', ['ns']).string('ns');
        const [database = '', ...collection] = ns.split('.');
        return { catalog: context.catalog, database, collection: collection.join('.') };
    });
    const operations = statements(context, args, 'ops');
    const outcomes = runWrites(operations, args.flag('ordered', true), (given) => writeOf(given, targets));
    const results = [];
    const totals = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
    for (const [index, outcome] of outcomes.entries()) {
        if (outcome instanceof CommandError) {
            totals.nErrors++;
            results.push(new Map([['ok', 0], ['idx', int32(index)], ...outcome.fields(), ['n', int32(0)]]));
            continue;
        }
        const [kind = ''] = operations[index]?.keys() ?? [];
        if (kind === 'insert')
            totals.nInserted += outcome.n;
        else if (kind === 'delete')
            totals.nDeleted += outcome.n;
        else if (outcome.upserted === undefined)
            totals.nMatched += outcome.n;
        else
            totals.nUpserted += outcome.n;
        totals.nModified += outcome.modified ?? 0;
        if (errorsOnly)
            continue;
        const { n, modified, upserted } = outcome;
        const nModified = modified === undefined ? undefined : int32(modified);
        const created = upserted === undefined ? undefined : documentOf({ _id: upserted });
        results.push(documentOf({ ok: 1, idx: int32(index), n: int32(n), nModified, upserted: created }));
    }
    return new Map([
        ['cursor', documentOf({ id: 0n, firstBatch: results, ns: 'admin.$cmd.bulkWrite' })],
        ...Object.entries(totals).map(([name, count]) => [name, int32(count)]),
    ]);
});
function writeOf(given, targets) {
    const [[kind, number] = ['', undefined]] = given;
    const target = targets[integerOf(number) ?? -1];
    if (!target)
        throw badValue('BulkWrite ops entry points to no entry of nsInfo');
    return known(KINDS, 'bulkWrite operation', kind)(target, given);
}
const KINDS = {
    insert: (target, given) => insertOf(target, new Arguments(given, 'bulkWrite.insert', ['insert', 'document']).document('document')),
    update: (target, given) => updateOf(target, renamed(given, { filter: 'q', updateMods: 'u' })),
    delete: (target, given) => {
        const statement = renamed(given, { filter: 'q', multi: 'limit' });
        statement.set('limit', int32(isTruthy(given.get('multi')) ? 0 : 1));
        return deleteOf(target, statement);
    },
};
/** The operation as the statement that the older commands know, without its kind. */
function renamed(operation, names) {
    return new Map([...operation].slice(1).map(([name, value]) => [names[name] ?? name, value]));
}
export const bulkWriteCommands = { bulkWrite };
//# sourceMappingURL=bulk-write.js.map