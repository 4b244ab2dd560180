import type { Value } from './values.js';
/** Total order over all values: by type first, then by value (numbers across their types, documents with field order). */
export declare function compareValues(left: Value, right: Value): number;
export declare function equalValues(left: Value, right: Value): boolean;
