import { KeyWriter } from '../../bson/key.js';
import { integerOf } from '../../bson/numbers.js';
import { isDocument, isArray } from '../../bson/values.js';
import { CommandError, badValue, unsupported } from '../../errors.js';
import { pathParts } from '../path.js';
export const EMPTY_ARRAY = Symbol('empty array');
export const MISSING = Symbol('missing');
/** Of an index of before the fields were told apart. */
export const ANY_FIELD = -1;
/** Whether the field at this place of the pattern may have met an array. */
export function metArray(arrays, place) {
    // A pattern has at most 32 fields, as in MongoDB.
    return (arrays & (1 << place)) !== 0;
}
/** Understands the pattern of an index or a sort. @throws CommandError for what MongoDB refuses, 115 for anything but upwards and downwards */
export function parsePattern(pattern) {
    return [...pattern].map(([path, direction]) => {
        if (typeof direction === 'string')
            throw unsupported(`${direction} indexes`);
        if (isDocument(direction))
            throw unsupported(`the sort expression for '${path}'`);
        const integer = integerOf(direction);
        if (integer !== 1 && integer !== -1)
            throw badValue(`The direction of '${path}' must be 1 or -1`);
        return { path, parts: pathParts(path), descending: integer < 0 };
    });
}
/**
 * The keys of a document under a pattern: one for each element of the array that its fields meet.
 * @throws CommandError 171 when two fields meet different arrays
 */
export function keysOf(document, fields) {
    const tuples = [];
    const walks = fields.map(({ parts }) => descend(parts, document));
    return { arrays: expand(walks, tuples), tuples };
}
/** Follows documents until the path ends or an array is met. */
function descend(parts, document) {
    let value = document;
    let depth = 0;
    for (; depth < parts.length && isDocument(value); depth++)
        value = value.get(parts[depth] ?? '');
    if (depth === parts.length || isArray(value))
        return { rest: parts.slice(depth), value, final: false };
    return { rest: [], value: undefined, final: true };
}
function expand(walks, tuples) {
    let array;
    let arrays = 0;
    for (const [place, { value, final }] of walks.entries()) {
        if (final || !Array.isArray(value))
            continue;
        if (array && array !== value)
            throw new CommandError('CannotIndexParallelArrays', 'cannot index parallel arrays');
        array = value;
        arrays |= 1 << place;
    }
    if (!array) {
        tuples.push(walks.map(({ value }) => (value === undefined ? MISSING : value)));
        return arrays;
    }
    for (const element of array.length > 0 ? array : [EMPTY_ARRAY]) {
        const next = walks.map((walk) => {
            if (walk.final || walk.value !== array)
                return walk;
            if (walk.rest.length === 0)
                return { rest: [], value: element, final: true };
            return element !== EMPTY_ARRAY && isDocument(element)
                ? descend(walk.rest, element)
                : { rest: [], value: undefined, final: true };
        });
        arrays |= expand(next, tuples);
    }
    return arrays;
}
/** One for all: a key is written as a whole before the next. */
const writer = new KeyWriter();
/** The bytes of a tuple in the order of the pattern. */
export function encodeKey(tuple, fields) {
    writer.begin();
    for (const [index, part] of tuple.entries()) {
        const descending = fields[index]?.descending ?? false;
        if (part === EMPTY_ARRAY)
            writer.add(undefined, descending);
        else
            writer.add(part === MISSING ? null : part, descending);
    }
    return writer.finish();
}
//# sourceMappingURL=keys.js.map