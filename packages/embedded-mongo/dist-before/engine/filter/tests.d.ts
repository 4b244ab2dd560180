import { type Value } from '../../bson/values.js';
import type { ComparisonOperator } from './filter.js';
export type ValueTest = (value: Value | undefined) => boolean;
/** Comparison within one type only ("type bracketing"); null also stands for a missing field, NaN is only equal to itself. */
export declare function comparisonTest(operator: ComparisonOperator, operand: Value): ValueTest;
/** Membership. */
export declare function inTest(values: readonly Value[]): ValueTest;
/** Whether a document is an operator expression: its first field name begins with `$`. */
export declare function isOperatorDocument(value: Value): boolean;
