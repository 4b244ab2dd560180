/** Of a document that is encoded here; what is larger is left to bson. */
const MAX_PLAIN_BYTES = 256 * 1024;
const MOST_LEVELS = 32;
/** No code unit takes more. */
const BYTES_PER_UNIT = 3;
/** What an element takes beside its name and text, and the ends of all that it is in. */
const BESIDE = 32 + MOST_LEVELS;
/** Up to this length a call of the encoder of UTF-8 takes longer than the text. */
const SHORT_TEXT = 100;
const TWO_TO_32 = 2 ** 32;

/** Of BSON's types. */
const [DOUBLE, TEXT, OBJECT, ARRAY, BOOLEAN, DATE, NULL, INT32] = [1, 2, 3, 4, 8, 9, 10, 16];

/** One for every document: this code is not interrupted. */
const bytes = Buffer.allocUnsafeSlow(MAX_PLAIN_BYTES);
const view = new DataView(bytes.buffer);

/** Thrown where bson has to decide what a value means, or that it means nothing. */
const NOT_PLAIN = new Error('not plain');
let level = 0;

/**
 * The bytes that bson's `serialize` makes, in less than half its time, of a document of which nearly all that stores write consists: objects and
 * arrays without a class, texts, numbers, booleans, dates and null. Members that are undefined are left out.
 * @returns undefined for any other, and for a large one, which are then bson's to encode or to refuse
 */
export function encodePlain(document: unknown): Buffer | undefined {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  level = 0;
  try {
    const end = writeObject(document, 0);
    const copy = Buffer.allocUnsafe(end);
    copy.set(bytes.subarray(0, end));
    return copy;
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

// Each writes at a position and returns the one behind.

function writeObject(value: object, at: number): number {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
  enter(value);
  let end = at + 4;
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined) end = writeElement(name, member, end);
  }
  return endBlock(at, end);
}

function writeArray(values: readonly unknown[], at: number): number {
  enter(values);
  let end = at + 4;
  for (let index = 0; index < values.length; index++)
    end = writeElement(String(index), values[index] ?? null, end);
  return endBlock(at, end);
}

function enter(value: object): void {
  assertPlain(value);
  if (++level > MOST_LEVELS) throw NOT_PLAIN;
}

/** Members by which a value tells bson what it is. */
function assertPlain(value: object): void {
  if ('toBSON' in value || '_bsontype' in value) throw NOT_PLAIN;
}

function endBlock(start: number, end: number): number {
  level--;
  bytes[end] = 0;
  view.setInt32(start, end + 1 - start, true);
  return end + 1;
}

function writeElement(name: string, value: unknown, start: number): number {
  if (start + BYTES_PER_UNIT * name.length + BESIDE > MAX_PLAIN_BYTES || name.includes('\0')) throw NOT_PLAIN;
  const at = writeText(name, start + 1);
  bytes[at] = 0;
  return writeValue(value, start, at + 1);
}

/** @param typeAt where its type goes */
function writeValue(value: unknown, typeAt: number, at: number): number {
  if (typeof value === 'string') {
    if (at + BYTES_PER_UNIT * value.length + BESIDE > MAX_PLAIN_BYTES) throw NOT_PLAIN;
    bytes[typeAt] = TEXT;
    const end = writeText(value, at + 4);
    bytes[end] = 0;
    view.setInt32(at, end - at - 3, true);
    return end + 1;
  }
  if (typeof value === 'number') {
    // As bson decides; minus zero is a double.
    const isInt32 = (value | 0) === value && !Object.is(value, -0);
    bytes[typeAt] = isInt32 ? INT32 : DOUBLE;
    if (isInt32) view.setInt32(at, value, true);
    else view.setFloat64(at, value, true);
    return at + (isInt32 ? 4 : 8);
  }
  if (value === null) {
    bytes[typeAt] = NULL;
    return at;
  }
  if (typeof value === 'boolean') {
    bytes[typeAt] = BOOLEAN;
    bytes[at] = value ? 1 : 0;
    return at + 1;
  }
  if (typeof value !== 'object') throw NOT_PLAIN;
  if (Array.isArray(value)) {
    bytes[typeAt] = ARRAY;
    return writeArray(value, at);
  }
  if (value instanceof Date) {
    bytes[typeAt] = DATE;
    return writeDate(value, at);
  }
  bytes[typeAt] = OBJECT;
  return writeObject(value, at);
}

function writeDate(value: Date, at: number): number {
  assertPlain(value);
  const time = value.getTime();
  if (!Number.isInteger(time)) throw NOT_PLAIN;
  const high = Math.floor(time / TWO_TO_32);
  view.setUint32(at, time - high * TWO_TO_32, true);
  view.setInt32(at + 4, high, true);
  return at + 8;
}

function writeText(text: string, at: number): number {
  const { length } = text;
  if (length > SHORT_TEXT) return at + bytes.write(text, at);
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return at + bytes.write(text, at);
    bytes[at + index] = code;
  }
  return at + length;
}
