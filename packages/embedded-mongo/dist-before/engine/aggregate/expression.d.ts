import { type Document, type Value } from '../../bson/values.js';
/** A compiled expression; undefined is a missing value. */
export type Expression = (root: Document) => Value | undefined;
/** The operators there are. */
export declare const EXPRESSION_OPERATORS: Readonly<Record<string, (operand: Value) => Expression>>;
/** Understands an aggregation expression: a field's path, a value, an object of them, an operator. */
export declare function parseExpression(value: Value): Expression;
/** Whether it is the same for every document. */
export declare function isConstant(expression: Expression): boolean;
