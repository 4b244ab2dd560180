import { Int32, type Value } from './values.js';
export type NumberValue = number | bigint | Int32;
/** Compares by value across all three numeric types; NaN equals NaN and is below every other number. */
export declare function compareNumbers(left: NumberValue, right: NumberValue): number;
/**
 * The sum with MongoDB's promotions: Int32 → Int64 on overflow, any Double → Double.
 * @throws CommandError 2 when an Int64 overflows
 */
export declare function add(left: NumberValue, right: NumberValue): NumberValue;
export declare function toDouble(value: NumberValue): number;
/** The value as a safe integer, or undefined when it is not a number without a fraction. */
export declare function integerOf(value: Value | undefined): number | undefined;
/** Whether a value counts as true in options, projections and expressions. */
export declare function isTruthy(value: Value | undefined): boolean;
