import { compareNumbers, type NumberValue } from './numbers.js';
import {
  BinaryValue,
  DateValue,
  Int32,
  ObjectIdValue,
  type Document,
  type Value,
  isArray,
} from './values.js';

/** MongoDB's order of types; a missing value sorts with null. */
export const TYPE_ORDER = {
  undefined: 3,
  null: 5,
  number: 10,
  string: 15,
  document: 20,
  array: 25,
  binary: 30,
  objectId: 35,
  boolean: 40,
  date: 45,
} as const;

/** The rank of a value's type in BSON order. */
export function typeOrder(value: Value): number {
  if (typeof value === 'string') return TYPE_ORDER.string;
  if (typeof value === 'number' || typeof value === 'bigint') return TYPE_ORDER.number;
  if (value === null) return TYPE_ORDER.null;
  if (typeof value === 'boolean') return TYPE_ORDER.boolean;
  if (value instanceof Int32) return TYPE_ORDER.number;
  if (value instanceof Map) return TYPE_ORDER.document;
  if (isArray(value)) return TYPE_ORDER.array;
  if (value instanceof ObjectIdValue) return TYPE_ORDER.objectId;
  return value instanceof DateValue ? TYPE_ORDER.date : TYPE_ORDER.binary;
}

/** Total order over all values: by type first, then by value (numbers across their types, documents with field order). */
export function compareValues(left: Value, right: Value): number {
  const order = typeOrder(left);
  const difference = order - typeOrder(right);
  if (difference !== 0) return difference;
  switch (order) {
    case TYPE_ORDER.number:
      return compareNumbers(left as NumberValue, right as NumberValue);
    case TYPE_ORDER.string:
      return compareText(left as string, right as string);
    case TYPE_ORDER.document:
      return compareDocuments(left as Document, right as Document);
    case TYPE_ORDER.array:
      return compareArrays(left as Value[], right as Value[]);
    case TYPE_ORDER.binary:
      return compareBinary(left as BinaryValue, right as BinaryValue);
    case TYPE_ORDER.objectId:
      return compareText((left as ObjectIdValue).hex, (right as ObjectIdValue).hex);
    case TYPE_ORDER.boolean:
      return Number(left) - Number(right);
    case TYPE_ORDER.date:
      return (left as DateValue).milliseconds - (right as DateValue).milliseconds;
    default:
      return 0;
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

function compareDocuments(left: Document, right: Document): number {
  const others = right.entries();
  for (const [name, value] of left) {
    const next = others.next();
    if (next.done) return 1;
    const [otherName, otherValue] = next.value;
    const difference =
      typeOrder(value) - typeOrder(otherValue) ||
      compareText(name, otherName) ||
      compareValues(value, otherValue);
    if (difference !== 0) return difference;
  }
  return left.size - right.size;
}

function compareArrays(left: Value[], right: Value[]): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = compareValues(left[index] ?? null, right[index] ?? null);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareBinary(left: BinaryValue, right: BinaryValue): number {
  return (
    left.bytes.length - right.bytes.length ||
    left.subtype - right.subtype ||
    Buffer.compare(left.bytes, right.bytes)
  );
}
