import { DateValue, Int32, ObjectIdValue, isArray } from './values.js';
/** MongoDB's order of types; a missing value sorts with null. */
export const TYPE_ORDER = {
    undefined: 3,
    null: 5,
    number: 10,
    string: 15,
    document: 20,
    array: 25,
    binary: 30,
    objectId: 35,
    boolean: 40,
    date: 45,
};
/** The rank of a value's type in BSON order. */
export function typeOrder(value) {
    if (typeof value === 'string')
        return TYPE_ORDER.string;
    if (typeof value === 'number' || typeof value === 'bigint')
        return TYPE_ORDER.number;
    if (value === null)
        return TYPE_ORDER.null;
    if (typeof value === 'boolean')
        return TYPE_ORDER.boolean;
    if (value instanceof Int32)
        return TYPE_ORDER.number;
    if (value instanceof Map)
        return TYPE_ORDER.document;
    if (isArray(value))
        return TYPE_ORDER.array;
    if (value instanceof ObjectIdValue)
        return TYPE_ORDER.objectId;
    return value instanceof DateValue ? TYPE_ORDER.date : TYPE_ORDER.binary;
}
//# sourceMappingURL=types.js.map