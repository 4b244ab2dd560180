import { compareValues, keyOf } from '../../bson/key.js';
import { typeOrder, isDocument, type Value } from '../../bson/values.js';
import type { ComparisonOperator } from './filter.js';

export type ValueTest = (value: Value | undefined) => boolean;

const PASSES: Readonly<Record<ComparisonOperator, (difference: number) => boolean>> = {
  $eq: (difference) => difference === 0,
  $gt: (difference) => difference > 0,
  $gte: (difference) => difference >= 0,
  $lt: (difference) => difference < 0,
  $lte: (difference) => difference <= 0,
};

/** Comparison within one type only ("type bracketing"); null also stands for a missing field, NaN is only equal to itself. */
export function comparisonTest(operator: ComparisonOperator, operand: Value): ValueTest {
  const passes = PASSES[operator];
  if (operand === null) return (value) => passes(0) && (value === undefined || value === null);
  if (Number.isNaN(operand)) return (value) => passes(0) && Number.isNaN(value);
  // Of long arrays of ids each is looked at, with every turn.
  if (operator === '$eq' && typeof operand === 'string') return (value) => value === operand;
  const order = typeOrder(operand);
  return (value) =>
    value !== undefined &&
    typeOrder(value) === order &&
    !Number.isNaN(value) &&
    passes(compareValues(value, operand));
}

/** Membership. */
export function inTest(values: readonly Value[]): ValueTest {
  const keys = new Set(values.map(textOf));
  const matchesMissing = values.includes(null);
  return (value) => (value === undefined ? matchesMissing : keys.has(textOf(value)));
}

/** Equal for equal values: no type's key begins with an s. */
function textOf(value: Value): string {
  return typeof value === 'string' ? `s${value}` : keyOf(value).toString('latin1');
}

/** Whether a document is an operator expression: its first field name begins with `$`. */
export function isOperatorDocument(value: Value): boolean {
  if (!isDocument(value)) return false;
  const [first] = value.keys();
  return first?.startsWith('$') ?? false;
}
