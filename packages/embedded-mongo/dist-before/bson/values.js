/** A 32-bit integer; `int32()` shares the small ones. */
export class Int32 {
    value;
    constructor(value) {
        this.value = value;
    }
}
const SMALL_INTEGERS = Array.from({ length: 1280 }, (_, index) => new Int32(index - 256));
/** The Int32 of an integer within 32 bits. */
export function int32(value) {
    return SMALL_INTEGERS[value + 256] ?? new Int32(value);
}
/** An ObjectId as 24 lower-case hex digits, whose string order is its byte order. */
export class ObjectIdValue {
    hex;
    constructor(hex) {
        this.hex = hex;
    }
}
/** A UTC date in milliseconds, within the range of JavaScript's Date. */
export class DateValue {
    milliseconds;
    constructor(milliseconds) {
        this.milliseconds = milliseconds;
    }
}
export class BinaryValue {
    subtype;
    bytes;
    constructor(subtype, bytes) {
        this.subtype = subtype;
        this.bytes = bytes;
    }
}
/** An encoded document that goes into a reply byte for byte; it never appears inside stored or compared values. */
export class RawDocument {
    bytes;
    constructor(bytes) {
        this.bytes = bytes;
    }
}
/** Whether the value is of one of the numeric types. */
export function isNumber(value) {
    return typeof value === 'number' || typeof value === 'bigint' || value instanceof Int32;
}
export function isDocument(value) {
    return value instanceof Map;
}
/** A document from pairs; pairs whose value is undefined are left out. */
export function documentOf(fields) {
    const document = new Map();
    for (const [name, value] of Object.entries(fields))
        if (value !== undefined)
            document.set(name, value);
    return document;
}
/** Narrower than `Array.isArray`, whose `any[]` would switch off type checks. */
export function isArray(value) {
    return Array.isArray(value);
}
//# sourceMappingURL=values.js.map