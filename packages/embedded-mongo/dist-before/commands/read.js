import { encodeDocument } from '../bson/encode.js';
import { documentOf } from '../bson/values.js';
import { parseFilter } from '../engine/filter/parse.js';
import { parsePattern } from '../engine/index/keys.js';
import { parseProjection } from '../engine/projection.js';
import { CommandError } from '../errors.js';
import { reads } from './context.js';
import { select } from './query.js';
export const FIND_OPTIONS = ['filter', 'sort', 'projection', 'limit', 'singleBatch', 'batchSize'];
/** @throws CommandError for what is malformed or outside the subset */
export function parseFind(context, args) {
    const name = args.string('find');
    return {
        collection: context.catalog.find(context.database, name),
        namespace: `${context.database}.${name}`,
        filter: parseFilter(args.document('filter')),
        sort: parsePattern(args.document('sort')),
        limit: args.count('limit'),
        project: parseProjection(args.document('projection')),
    };
}
function* found({ collection, project, ...query }) {
    if (!collection)
        return;
    for (const { bytes, document } of select(collection, query))
        yield project ? encodeDocument(project(document)) : bytes;
}
const find = reads(FIND_OPTIONS, (context, args) => {
    const plan = parseFind(context, args);
    const [batchSize, single] = [args.count('batchSize'), args.flag('singleBatch')];
    return context.cursors.first(plan.namespace, found(plan), batchSize, single);
});
const getMore = reads(['collection', 'batchSize'], ({ cursors, database }, args) => {
    const id = args.value('getMore');
    if (typeof id !== 'bigint')
        throw new CommandError('TypeMismatch', 'The id of a cursor must be a long');
    return cursors.next(id, `${database}.${args.string('collection')}`, args.count('batchSize'));
});
const killCursors = reads(['cursors'], ({ cursors }, args) => {
    const ids = args.array('cursors').filter((id) => typeof id === 'bigint');
    return documentOf({ cursorsKilled: ids.filter((id) => cursors.kill(id)) });
});
export const readCommands = { find, getMore, killCursors };
//# sourceMappingURL=read.js.map