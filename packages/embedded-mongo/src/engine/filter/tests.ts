import { compareValues, equalValues, typeOrder } from '../../bson/compare.js';
import { keyOf } from '../../bson/key.js';
import {
  BinaryValue,
  DateValue,
  Int32,
  ObjectIdValue,
  isArray,
  isDocument,
  type Value,
} from '../../bson/values.js';
import type { ComparisonOperator } from './node.js';

export type ValueTest = (value: Value | undefined) => boolean;

/** Lists above this are looked up by the values' keys. */
const LISTED_ONE_BY_ONE = 8;

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
  const order = typeOrder(operand);
  return (value) =>
    value !== undefined &&
    typeOrder(value) === order &&
    !Number.isNaN(value) &&
    passes(compareValues(value, operand));
}

/** Membership. */
export function inTest(values: readonly Value[]): ValueTest {
  const matchesMissing = values.includes(null);
  if (values.length <= LISTED_ONE_BY_ONE)
    return (value) =>
      value === undefined ? matchesMissing : values.some((candidate) => equalValues(candidate, value));
  const keys = new Set(values.map((value) => keyOf(value).toString('latin1')));
  return (value) => (value === undefined ? matchesMissing : keys.has(keyOf(value).toString('latin1')));
}

/** The alias of a value's BSON type, as MongoDB's error messages name it; a missing value is `missing`. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'bigint') return 'long';
  if (typeof value === 'boolean') return 'bool';
  if (isArray(value)) return 'array';
  if (value instanceof Int32) return 'int';
  if (value instanceof ObjectIdValue) return 'objectId';
  if (value instanceof DateValue) return 'date';
  return value instanceof BinaryValue ? 'binData' : 'object';
}

/** Whether a document is an operator expression: its first field name begins with `$`. */
export function isOperatorDocument(value: Value): boolean {
  if (!isDocument(value)) return false;
  const [first] = value.keys();
  return first?.startsWith('$') ?? false;
}
