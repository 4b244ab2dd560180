import { documentOf, int32 } from '../../bson/values.js';
import { badValue, unsupported } from '../../errors.js';
import { Arguments } from '../arguments.js';
import { parseFilter } from '../filter/parse.js';
import { encodeKey, keysOf, MISSING, parsePattern, } from './keys.js';
/** What the specification of an index may say. */
export const INDEX_OPTIONS = [
    'v',
    'key',
    'name',
    'unique',
    'sparse',
    'partialFilterExpression',
    'expireAfterSeconds',
];
/** MongoDB's own bound for the fields of one index. */
const MAX_FIELDS = 32;
const MAX_EXPIRY_SECONDS = 2 ** 31 - 1;
/** Understands one entry of `createIndexes`. @throws CommandError for what MongoDB refuses, 115 for what is outside the subset */
export function parseIndex(given) {
    const args = new Arguments(given, 'an index', INDEX_OPTIONS);
    const pattern = args.document('key');
    const fields = parsePattern(pattern);
    if (fields.length === 0 || fields.length > MAX_FIELDS)
        throw badValue('Index keys have 1 to 32 fields');
    const isId = fields.length === 1 && pattern.has('_id');
    const name = isId ? '_id_' : args.string('name');
    const [unique, sparse] = [args.flag('unique'), args.flag('sparse')];
    const filter = given.has('partialFilterExpression') ? args.document('partialFilterExpression') : undefined;
    if (filter && sparse)
        throw badValue('cannot mix "partialFilterExpression" and "sparse" options');
    const partial = filter ? partialConditions(filter) : [];
    const expireAfterSeconds = args.count('expireAfterSeconds');
    if (expireAfterSeconds !== undefined &&
        (isId || fields.length > 1 || expireAfterSeconds > MAX_EXPIRY_SECONDS))
        throw badValue('TTL indexes have one field, not _id, and up to 2^31 - 1 seconds');
    return {
        name,
        specification: documentOf({
            v: int32(args.count('v') ?? 2),
            key: new Map(fields.map(({ path, descending }) => [path, int32(descending ? -1 : 1)])),
            name,
            unique: unique && !isId ? true : undefined,
            sparse: sparse ? true : undefined,
            partialFilterExpression: filter,
            expireAfterSeconds: expireAfterSeconds === undefined ? undefined : int32(expireAfterSeconds),
        }),
        fields,
        roots: [...fields, ...partial].map(({ parts }) => parts[0] ?? ''),
        unique: unique || isId,
        sparse,
        partial,
        expireAfterSeconds,
    };
}
/** The conditions of a partial index: equality and `$exists: true`. */
function partialConditions(filter) {
    const { required, isComplete } = parseFilter(filter);
    if (isComplete && required.every(({ hint }) => hint?.operator === '$eq' || hint?.operator === '$exists'))
        return required;
    throw unsupported('conditions in partial indexes but equality and $exists: true');
}
/** The values of a document's keys, of which several may be the same; none when a sparse or partial index leaves it out. */
export function tuplesOf(index, document) {
    if (!index.partial.every((condition) => condition.matches(document)))
        return { tuples: [], arrays: 0 };
    const keys = keysOf(document, index.fields);
    if (!index.sparse)
        return keys;
    return { ...keys, tuples: keys.tuples.filter((tuple) => tuple.some((part) => part !== MISSING)) };
}
/** The distinct entries of the tuples. */
export function entriesOf(index, tuples) {
    if (tuples.length === 1 && tuples[0])
        return [{ tuple: tuples[0], key: encodeKey(tuples[0], index.fields) }];
    const entries = new Map();
    for (const tuple of tuples) {
        const key = encodeKey(tuple, index.fields);
        entries.set(key.toString('latin1'), { key, tuple });
    }
    return [...entries.values()];
}
//# sourceMappingURL=definition.js.map