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
  switch (order) {
    case TYPE_ORDER.number:
      return compareNumbers(left as NumberValue, right as NumberValue);
    case TYPE_ORDER.string:
      return compareText(left as string, right as string);
    case TYPE_ORDER.date:
      return (left as DateValue).milliseconds - (right as DateValue).milliseconds;
    default:
      return Buffer.compare(keyOf(left), keyOf(right));
  }
}

export function equalValues(left: Value, right: Value): boolean {
  return compareValues(left, right) === 0;
}

/** Order of UTF-8 bytes, which differs from JavaScript's UTF-16 order only where surrogates are involved. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    if (a >= 0xd800 && b >= 0xd800) return supplementaryRank(a) - supplementaryRank(b) || a - b;
    return a - b;
  }
  return left.length - right.length;
}

const supplementaryRank = (unit: number): number => (unit <= 0xdfff ? 1 : 0);
