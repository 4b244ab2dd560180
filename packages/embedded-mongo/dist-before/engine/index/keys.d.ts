import { type Document, type Value } from '../../bson/values.js';
/** One field of an index or sort pattern. */
export interface KeyField {
    readonly path: string;
    readonly parts: readonly string[];
    readonly descending: boolean;
}
/** A field of a key: a value, an empty array (`undefined` in MongoDB's indexes) or nothing there. */
export type KeyPart = Value | typeof EMPTY_ARRAY | typeof MISSING;
export declare const EMPTY_ARRAY: unique symbol;
export declare const MISSING: unique symbol;
/** The fields of a pattern that met an array, as bits by their place in it; 0: none. */
export type ArrayFields = number;
/** Of an index of before the fields were told apart. */
export declare const ANY_FIELD: ArrayFields;
export interface KeySet {
    readonly tuples: KeyPart[][];
    /** The fields whose array was expanded on the way, even one with a single element. */
    readonly arrays: ArrayFields;
}
/** Whether the field at this place of the pattern may have met an array. */
export declare function metArray(arrays: ArrayFields, place: number): boolean;
/** Understands the pattern of an index or a sort. @throws CommandError for what MongoDB refuses, 115 for anything but upwards and downwards */
export declare function parsePattern(pattern: Document): KeyField[];
/**
 * The keys of a document under a pattern: one for each element of the array that its fields meet.
 * @throws CommandError 171 when two fields meet different arrays
 */
export declare function keysOf(document: Document, fields: readonly KeyField[]): KeySet;
/** The bytes of a tuple in the order of the pattern. */
export declare function encodeKey(tuple: readonly KeyPart[], fields: readonly KeyField[]): Buffer;
