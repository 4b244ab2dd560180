import { type Value } from './values.js';
/** MongoDB's order of types; a missing value sorts with null. */
export declare const TYPE_ORDER: {
    readonly undefined: 3;
    readonly null: 5;
    readonly number: 10;
    readonly string: 15;
    readonly document: 20;
    readonly array: 25;
    readonly binary: 30;
    readonly objectId: 35;
    readonly boolean: 40;
    readonly date: 45;
};
/** The rank of a value's type in BSON order. */
export declare function typeOrder(value: Value): number;
