import { planQuery } from '../engine/index/planner.js';
import { sortDocuments } from '../engine/sort.js';
/** The documents of a query in its order; nothing is read before the first is asked for. */
export function* select(collection, { filter, sort = [], limit = 0, examined }) {
    const plan = planQuery(filter, sort, collection.indexes);
    const found = collection.find(plan, filter, examined);
    let count = 0;
    for (const item of plan.sorted ? found : sortDocuments(found, sort, limit === 0 ? Infinity : limit)) {
        yield item;
        if (++count === limit)
            return;
    }
}
//# sourceMappingURL=query.js.map