import { encoded, onlyCounts, parsePipeline, runPipeline } from '../engine/aggregate/pipeline.js';
import { parseFilter } from '../engine/filter/parse.js';
import { planQuery } from '../engine/index/planner.js';
import { unsupported } from '../errors.js';
import { reads } from './context.js';
import { select } from './query.js';
const NOTHING = new Map();
const aggregate = reads(['pipeline', 'cursor'], ({ catalog, cursors, database }, args) => {
    const name = args.value('aggregate');
    if (typeof name !== 'string')
        throw unsupported('aggregation without a collection');
    const stages = parsePipeline(args.array('pipeline'));
    const collection = catalog.find(database, name);
    const results = collection ? resultsOf(collection, stages) : runPipeline(stages, []);
    return cursors.first(`${database}.${name}`, bytesOf(results), args.cursorBatchSize());
});
/** Leading `$match` and `$sort` stages are left to the query planner, which may have an index for them. */
function resultsOf(collection, stages) {
    const match = stages[0]?.match;
    const afterMatch = match ? stages.slice(1) : stages;
    const filter = parseFilter(match ?? NOTHING);
    if (onlyCounts(afterMatch)) {
        const plan = planQuery(filter, [], collection.indexes);
        if (plan.exact)
            return runPipeline(afterMatch, blanksFor(collection.keys(plan)));
    }
    const sort = afterMatch[0]?.sort;
    const found = select(collection, { filter, sort });
    return runPipeline(sort ? afterMatch.slice(1) : afterMatch, documentsOf(found));
}
/** A document without anything for each. */
function* blanksFor(found) {
    for (const _ of found)
        yield NOTHING;
}
function* documentsOf(found) {
    for (const { document } of found)
        yield document;
}
function* bytesOf(documents) {
    for (const { bytes } of encoded(documents))
        yield bytes;
}
export const aggregateCommands = { aggregate };
//# sourceMappingURL=aggregate.js.map