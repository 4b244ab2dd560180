import { keyOf } from './key.js';
import { compareNumbers, type NumberValue } from './numbers.js';
import { TYPE_ORDER, typeOrder } from './types.js';
import type { DateValue, Value } from './values.js';

/** Total order over all values: by type first, then by value (numbers across their types, documents with field order). */
export function compareValues(left: Value, right: Value): number {
  if (left === right) return 0;
  const order = typeOrder(left);
  const difference = order - typeOrder(right);
  if (difference !== 0) return difference;
  if (order === TYPE_ORDER.number) return compareNumbers(left as NumberValue, right as NumberValue);
  if (order === TYPE_ORDER.date) return (left as DateValue).milliseconds - (right as DateValue).milliseconds;
  return Buffer.compare(keyOf(left), keyOf(right));
}

export function equalValues(left: Value, right: Value): boolean {
  return typeof left === 'string' ? left === right : compareValues(left, right) === 0;
}
