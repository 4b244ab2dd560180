/**
 * BSON values as this database holds them. JavaScript's own types stand where they are exact:
 * `number` is a Double, `bigint` an Int64, `Map` a document (it keeps the order of every field name,
 * also of names that look like integers, which plain objects do not).
 */
export type Value =
  | null
  | boolean
  | string
  | number
  | bigint
  | Int32
  | ObjectIdValue
  | DateValue
  | BinaryValue
  | RawDocument
  | Document
  | Value[];

/** An ordered BSON document. */
export type Document = Map<string, Value>;

/** A 32-bit integer; `int32()` shares the small ones. */
export class Int32 {
  constructor(readonly value: number) {}
}

const SMALL_INTEGERS = Array.from({ length: 1280 }, (_, index) => new Int32(index - 256));

/** The Int32 of an integer within 32 bits. */
export function int32(value: number): Int32 {
  return SMALL_INTEGERS[value + 256] ?? new Int32(value);
}

/** An ObjectId as 24 lower-case hex digits, whose string order is its byte order. */
export class ObjectIdValue {
  constructor(readonly hex: string) {}
}

/** A UTC date in milliseconds, within the range of JavaScript's Date. */
export class DateValue {
  constructor(readonly milliseconds: number) {}
}

export class BinaryValue {
  constructor(
    readonly subtype: number,
    readonly bytes: Buffer,
  ) {}
}

/** An encoded document that goes into a reply byte for byte; it never appears inside stored or compared values. */
export class RawDocument {
  constructor(readonly bytes: Buffer) {}
}

/** Whether the value is of one of the numeric types. */
export function isNumber(value: Value | undefined): value is number | bigint | Int32 {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Int32;
}

export function isDocument(value: Value | undefined): value is Document {
  return value instanceof Map;
}

/** A document from pairs; pairs whose value is undefined are left out. */
export function documentOf(fields: Record<string, Value | undefined>): Document {
  const document: Document = new Map();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) document.set(name, value);
  return document;
}

/** Narrower than `Array.isArray`, whose `any[]` would switch off type checks. */
export function isArray(value: Value | undefined): value is Value[] {
  return Array.isArray(value);
}

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
