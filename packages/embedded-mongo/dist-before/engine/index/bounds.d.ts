import type { Condition } from '../filter/filter.js';
import type { KeyField } from './keys.js';
/** Above everything that continues a key or a type's byte: nothing in a key goes on with so many of it. */
export declare const ABOVE: Buffer<ArrayBuffer>;
/** A stretch of keys: those that begin with either of its ends, and those between them. */
export interface Stretch {
    readonly first: Buffer;
    readonly last: Buffer;
}
/** What the conditions on one field allow: single values, or one stretch of them. */
export type FieldBounds = {
    readonly points: readonly Buffer[];
} | {
    readonly stretch: Stretch;
};
/**
 * The tightest bounds that the given conditions (all on this field, all required) imply; undefined when they imply none.
 * In an index with array elements only one condition may be used: different elements can satisfy different conditions.
 */
export declare function fieldBounds({ descending }: KeyField, conditions: readonly Condition[], multikey: boolean): FieldBounds | undefined;
