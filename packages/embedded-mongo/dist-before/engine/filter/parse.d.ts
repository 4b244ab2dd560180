import { type Document, type Value } from '../../bson/values.js';
import type { Filter } from './filter.js';
type Parse = (path: string, operand: Value) => Filter;
/** The operators there are on a field. */
export declare const FIELD_OPERATORS: Readonly<Record<string, Parse>>;
/** The operators there are between conditions. */
export declare const FILTER_OPERATORS: Readonly<Record<string, (operand: Value) => Filter>>;
/**
 * Understands a query filter completely before any document is looked at.
 * @throws CommandError 2 for what MongoDB refuses, 115 for what is outside the subset
 */
export declare function parseFilter(filter: Document): Filter;
/** The conditions of `{path: value}`. */
export declare function parseField(path: string, value: Value): Filter;
export {};
