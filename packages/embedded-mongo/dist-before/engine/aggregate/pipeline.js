import { encodeDocument } from '../../bson/encode.js';
import { integerOf } from '../../bson/numbers.js';
import { isDocument, isNumber } from '../../bson/values.js';
import { badValue, known } from '../../errors.js';
import { parseFilter } from '../filter/parse.js';
import { parsePattern } from '../index/keys.js';
import { sortDocuments } from '../sort.js';
import { groupStage } from './group.js';
/** The stages there are. */
export const STAGES = {
    $match: (specification) => matchStage(objectOf(specification)),
    $group: (specification) => groupStage(objectOf(specification)),
    $sort: (specification) => sortStage(objectOf(specification)),
    $limit: limitStage,
};
/** Understands a whole pipeline before the first document is read. @throws CommandError 115 for stages outside the subset */
export function parsePipeline(stages) {
    return stages.map((stage) => {
        const [[name, specification] = ['', null], ...others] = objectOf(stage);
        if (others.length > 0)
            throw badValue('A stage must contain exactly one field.');
        return known(STAGES, 'aggregation stage', name)(specification);
    });
}
/** Whether the documents that come in are counted and nothing else. */
export function onlyCounts(stages) {
    return stages.find(({ blind }) => blind !== 'hands-on')?.blind === 'counts';
}
export function runPipeline(stages, input) {
    return stages.reduce((documents, stage) => stage.run(documents), input);
}
function objectOf(value) {
    if (isDocument(value))
        return value;
    throw badValue('A stage and its specification must be objects');
}
function matchStage(specification) {
    const filter = parseFilter(specification);
    return {
        match: specification,
        run: function* (input) {
            for (const document of input)
                if (filter.matches(document))
                    yield document;
        },
    };
}
function sortStage(specification) {
    const sort = parsePattern(specification);
    if (sort.length === 0)
        throw badValue('$sort stage must have at least one sort key');
    return { sort, run: (input) => sortDocuments(encoded(input), sort).map(({ document }) => document) };
}
/** The documents with the bytes that they take. */
export function* encoded(documents) {
    for (const document of documents)
        yield { document, bytes: encodeDocument(document) };
}
function limitStage(specification) {
    const count = isNumber(specification) ? integerOf(specification) : undefined;
    if (count === undefined || count < 1)
        throw badValue('$limit must be a positive integer');
    return {
        blind: 'hands-on',
        run: function* (input) {
            let position = 0;
            for (const document of input) {
                yield document;
                if (++position >= count)
                    return;
            }
        },
    };
}
//# sourceMappingURL=pipeline.js.map