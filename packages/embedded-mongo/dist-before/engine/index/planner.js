import { isArray, isDocument } from '../../bson/values.js';
import { ABOVE, fieldBounds } from './bounds.js';
import { metArray } from './keys.js';
const MAX_RANGES = 10_000;
/** The score of an index that is unique and whose every field must equal something. */
const UNIQUE_KEYS = 100;
const EMPTY = Buffer.alloc(0);
/** Chooses the index that narrows the filter most, or gives the order asked for. */
export function planQuery(filter, sort, indexes) {
    let best = {
        index: undefined,
        ranges: [],
        descending: false,
        sorted: sort.length === 0,
        exact: false,
    };
    let bestScore = 0;
    for (const index of indexes) {
        const candidate = planIndex(index, filter, sort);
        if (candidate && candidate.score > bestScore) {
            best = candidate.plan;
            bestScore = candidate.score;
        }
        // One key of a unique index: no other index leaves less to look at.
        if (bestScore >= UNIQUE_KEYS && best.ranges.length === 1)
            break;
    }
    return best;
}
function planIndex(index, filter, sort) {
    const { definition, arrays } = index;
    const { required: conditions } = filter;
    const isMultikey = arrays !== 0;
    if (!coversAllMatches(definition, conditions))
        return undefined;
    let prefixes = [EMPTY];
    let equalities = 0;
    let stretch;
    const usedRoots = new Set();
    for (const field of definition.fields) {
        const root = field.parts[0] ?? '';
        // Two fields of one array can match in different elements, which share no key.
        if (isMultikey && usedRoots.has(root))
            break;
        const here = conditions.filter(({ path }) => path === field.path);
        const bounds = fieldBounds(field, here, isMultikey);
        if (!bounds)
            break;
        usedRoots.add(root);
        if ('stretch' in bounds) {
            ({ stretch } = bounds);
            break;
        }
        if (prefixes.length * bounds.points.length > MAX_RANGES)
            break;
        prefixes = prefixes.flatMap((prefix) => bounds.points.map((point) => Buffer.concat([prefix, point])));
        equalities++;
    }
    const order = prefixes.length > 1 ? undefined : sortOrder(definition.fields, equalities, sort, arrays);
    const score = equalities * 4 +
        (stretch ? 2 : 0) +
        (sort.length > 0 && order ? 3 : 0) +
        (definition.unique && equalities === definition.fields.length ? UNIQUE_KEYS : 0);
    const { first, last } = stretch ?? { first: EMPTY, last: EMPTY };
    const ranges = prefixes.map((prefix) => ({
        from: Buffer.concat([prefix, first]),
        to: Buffer.concat([prefix, last, ABOVE]),
    }));
    const sorted = sort.length === 0 || order !== undefined;
    const exact = prefixes.length === 1 && isExact(index, filter, equalities);
    return { plan: { index, ranges, descending: order === 'backward', sorted, exact }, score };
}
/**
 * Whether the filter asks for nothing but one value in each of the `fixed` leading fields. Where another field has met an array, a document may stand there more
 * than once; what is nothing may be a field that is not there, or null.
 */
function isExact({ definition, arrays }, filter, fixed) {
    const { required, isComplete } = filter;
    const isValue = ({ hint }) => hint?.operator === '$eq' && hint.operand !== null && !isArray(hint.operand) && !isDocument(hint.operand);
    return (isComplete &&
        required.length === fixed &&
        required.every(isValue) &&
        definition.fields.every((_, place) => place < fixed || !metArray(arrays, place)));
}
/**
 * Whether reading the index in one direction gives the sort order, once `fixed` leading fields have one value each. A field that has met an array gives
 * none, because a document stands there once for each element; where it is fixed, each document stands there once.
 */
function sortOrder(fields, fixed, sort, arrays) {
    if (sort.length === 0)
        return undefined;
    const isConstant = ({ path }) => fields.slice(0, fixed).some((field, place) => field.path === path && !metArray(arrays, place));
    const wanted = sort.filter((field) => !isConstant(field));
    const offered = fields.slice(fixed);
    const isOffered = ({ path }, at) => offered[at]?.path === path && !metArray(arrays, fixed + at);
    if (!wanted.every(isOffered))
        return undefined;
    const turned = wanted.filter(({ descending }, position) => offered[position]?.descending !== descending);
    if (turned.length === 0)
        return 'forward';
    return turned.length === wanted.length ? 'backward' : undefined;
}
/** A sparse or partial index may be used only when the filter excludes everything it leaves out. */
function coversAllMatches(definition, conditions) {
    if (definition.sparse) {
        const paths = new Set(definition.fields.map(({ path }) => path));
        if (!conditions.some((condition) => paths.has(condition.path) && excludesMissing(condition.hint)))
            return false;
    }
    return definition.partial.every((needed) => conditions.some((given) => given.path === needed.path && implies(given, needed)));
}
function excludesMissing(hint) {
    if (!hint)
        return false;
    if (hint.operator === '$in')
        return !hint.operands.includes(null);
    return hint.operator === '$exists' || hint.operand !== null;
}
/** @param needed equality, or that the field is there */
function implies({ hint }, needed) {
    if (needed.hint?.operator === '$exists')
        return excludesMissing(hint);
    const passes = (value) => !isArray(value) && needed.test(value);
    if (hint?.operator === '$in')
        return hint.operands.length > 0 && hint.operands.every(passes);
    return hint?.operator === '$eq' && passes(hint.operand);
}
//# sourceMappingURL=planner.js.map