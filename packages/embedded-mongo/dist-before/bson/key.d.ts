import { type Value } from './values.js';
/**
 * Order-preserving bytes: `Buffer.compare(keyOf(a), keyOf(b))` has the sign of `compareValues(a, b)`, equal values have
 * equal bytes, and no key is a prefix of another, so keys can be joined, and inverted for descending order.
 */
export declare class KeyWriter {
    private buffer;
    private length;
    /** Appends one value; `descending` inverts its bytes. `undefined` is the key of an empty array. */
    add(value: Value | undefined, descending?: boolean): this;
    raw(bytes: Uint8Array): this;
    /** Forgets what was written, also by one that failed half-way. */
    begin(): this;
    /** @returns what was written, in a buffer of its own */
    finish(): Buffer;
    private content;
    /** The greatest double that is not above the number, then what is left of it: nothing but for Int64s beyond 2^53. */
    private number;
    private double;
    private document;
    private binary;
    /** UTF-8 ended by 0. A 0 inside becomes 1 1 and a 1 becomes 1 2, so that no text is the beginning of another. */
    private text;
    private byte;
    private reserve;
}
export declare function keyOf(value: Value | undefined): Buffer;
