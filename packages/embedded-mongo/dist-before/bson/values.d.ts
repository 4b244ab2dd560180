/**
 * BSON values as this database holds them. JavaScript's own types stand where they are exact:
 * `number` is a Double, `bigint` an Int64, `Map` a document (it keeps the order of every field name,
 * also of names that look like integers, which plain objects do not).
 */
export type Value = null | boolean | string | number | bigint | Int32 | ObjectIdValue | DateValue | BinaryValue | RawDocument | Document | Value[];
/** An ordered BSON document. */
export type Document = Map<string, Value>;
/** A 32-bit integer; `int32()` shares the small ones. */
export declare class Int32 {
    readonly value: number;
    constructor(value: number);
}
/** The Int32 of an integer within 32 bits. */
export declare function int32(value: number): Int32;
/** An ObjectId as 24 lower-case hex digits, whose string order is its byte order. */
export declare class ObjectIdValue {
    readonly hex: string;
    constructor(hex: string);
}
/** A UTC date in milliseconds, within the range of JavaScript's Date. */
export declare class DateValue {
    readonly milliseconds: number;
    constructor(milliseconds: number);
}
export declare class BinaryValue {
    readonly subtype: number;
    readonly bytes: Buffer;
    constructor(subtype: number, bytes: Buffer);
}
/** An encoded document that goes into a reply byte for byte; it never appears inside stored or compared values. */
export declare class RawDocument {
    readonly bytes: Buffer;
    constructor(bytes: Buffer);
}
/** Whether the value is of one of the numeric types. */
export declare function isNumber(value: Value | undefined): value is number | bigint | Int32;
export declare function isDocument(value: Value | undefined): value is Document;
/** A document from pairs; pairs whose value is undefined are left out. */
export declare function documentOf(fields: Record<string, Value | undefined>): Document;
/** Narrower than `Array.isArray`, whose `any[]` would switch off type checks. */
export declare function isArray(value: Value | undefined): value is Value[];
