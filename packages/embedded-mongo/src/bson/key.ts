import { buffer, position, reserve, writeByte, writeBytes, writeText, written } from './encode.js';
import { compareNumbers, type NumberValue } from './numbers.js';
import {
  TYPE_ORDER,
  typeOrder,
  BinaryValue,
  DateValue,
  Int32,
  ObjectIdValue,
  isArray,
  type Document,
  type Value,
} from './values.js';

const DOUBLE_BITS = 53;
/** Before the number of a rest's digits: the indexes of older files are made of such keys. */
const WHOLE_REST = 0x80;

/**
 * Order-preserving bytes: `Buffer.compare(keyOf(a), keyOf(b))` has the sign of `compareValues(a, b)`, equal values have
 * equal bytes, and no key is a prefix of another, so keys can be joined, and inverted for descending order.
 */
export function keyOf(value: Value | undefined): Buffer {
  return written(() => {
    writeKey(value);
  });
}

/** Appends one to what `written` gives; `descending` inverts its bytes. `undefined` is the key of an empty array. */
export function writeKey(value: Value | undefined, descending = false): void {
  const start = position;
  writeByte(value === undefined ? TYPE_ORDER.undefined : typeOrder(value));
  if (value !== undefined) writeContent(value);
  if (descending) for (let at = start; at < position; at++) buffer[at] = ~(buffer[at] ?? 0);
}

function writeContent(value: Value): void {
  if (typeof value === 'string') writeCharacters(value);
  else if (typeof value === 'number') writeNumber(value);
  else if (typeof value === 'bigint') writeLong(value);
  else if (value instanceof Int32) writeNumber(value.value);
  else if (value instanceof DateValue) writeDouble(value.milliseconds);
  else if (value instanceof ObjectIdValue) writeBytes(Buffer.from(value.hex, 'hex'));
  else if (typeof value === 'boolean') writeByte(value ? 1 : 0);
  else if (value instanceof Map) writeDocument(value);
  else if (isArray(value)) {
    for (const element of value) writeKey(element);
    writeByte(0);
  } else if (value instanceof BinaryValue) {
    const header = Buffer.alloc(5, value.subtype);
    header.writeUInt32BE(value.bytes.length);
    writeBytes(header);
    writeBytes(value.bytes);
  }
}

function writeNumber(value: number): void {
  writeDouble(value);
  writeByte(0);
}

/** As other numbers: the greatest double that is not above it, then what is left of it, which is something beyond 2^53. */
function writeLong(value: bigint): void {
  const bits = (value < 0n ? -value : value).toString(2).length;
  const spare = BigInt(Math.max(bits - DOUBLE_BITS, 0));
  const floor = (value >> spare) << spare;
  writeDouble(Number(floor));
  if (floor !== value) {
    const digits = (value - floor).toString();
    writeBytes(Buffer.of(1, WHOLE_REST, digits.length));
    writeBytes(Buffer.from(digits.replace(/0+$/, ''), 'latin1'));
  }
  writeByte(0);
}

const eight = Buffer.alloc(8);

function writeDouble(value: number): void {
  // -0 equals 0.
  eight.writeDoubleBE(value === 0 ? 0 : value);
  const first = eight[0] ?? 0;
  if (Number.isNaN(value)) eight.fill(0);
  else if (first & 0x80) for (const [at, byte] of eight.entries()) eight[at] = ~byte;
  else eight[0] = first | 0x80;
  writeBytes(eight);
}

function writeDocument(document: Document): void {
  for (const [name, value] of document) {
    writeByte(typeOrder(value));
    writeCharacters(name);
    writeContent(value);
  }
  writeByte(0);
}

/** UTF-8 ended by 0. A 0 inside becomes 1 1 and a 1 becomes 1 2, so that no text is the beginning of another. */
function writeCharacters(text: string): void {
  const isPlain = !text.includes('\0') && !text.includes('\x01');
  const escaped = isPlain ? text : text.replaceAll('\x01', '\x01\x02').replaceAll('\0', '\x01\x01');
  reserve(escaped.length * 3 + 1);
  writeText(escaped);
  writeByte(0);
}

/** The other way round, as keys of descending fields are. */
export const inverted = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => ~byte));

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
