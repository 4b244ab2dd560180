import {
  DateValue,
  Int32,
  ObjectIdValue,
  RawDocument,
  type Document,
  type Value,
  isArray,
} from './values.js';

/** One growing buffer serves every encoding: this code runs on one thread and each result is copied out. */
export let buffer = Buffer.allocUnsafe(1 << 16);
export let position = 0;
let depth = 0;
/** How many levels of what was written last are within another. */
export let deepest = 0;

/** Up to this length a call of the encoder of UTF-8 takes longer than the text. */
const SHORT_TEXT = 48;
const TWO_TO_32 = 2 ** 32;

/** The document's BSON bytes, in a buffer of their own. */
export function encodeDocument(document: Document): Buffer {
  return written(() => {
    writeDocument(document);
  });
}

/** What `write` writes, by the functions below and nothing else meanwhile, in a buffer of its own. */
export function written(write: () => void): Buffer {
  position = depth = deepest = 0;
  write();
  const bytes = Buffer.allocUnsafe(position);
  buffer.copy(bytes, 0, 0, position);
  return bytes;
}

/** The bytes of a value's type and content, for exact (type-aware) comparison of values. */
export function encodeValue(value: Value): Buffer {
  return encodeDocument(new Map([['', value]]));
}

export function reserve(size: number): void {
  if (position + size <= buffer.length) return;
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, position + size));
  buffer.copy(larger, 0, 0, position);
  buffer = larger;
}

function writeDocument(document: Document): void {
  const start = beginBlock();
  for (const [name, value] of document) writeElement(name, value);
  endBlock(start);
}

/** Begins a document's or an array's content. @returns what `endBlock` takes */
export function beginBlock(): number {
  reserve(5);
  deepest = Math.max(deepest, depth++);
  position += 4;
  return position - 4;
}

export function endBlock(start: number): void {
  writeByte(0);
  depth--;
  buffer.writeInt32LE(position - start, start);
}

export function writeElement(name: string, value: Value): void;
/** @param write writes the content and returns its type */
export function writeElement<T>(name: string, value: T, write: (value: T) => number): void;
export function writeElement(name: string, value: Value, write = writeContent): void {
  const typeAt = writeName(0, name);
  // Writing the content may replace the buffer, so the place for the type must be looked up after it.
  const type = write(value);
  buffer[typeAt] = type;
}

/** Begins an element, and makes room for content of a fixed size. @returns where its type stands */
export function writeName(type: number, name: string): number {
  reserve(name.length * 3 + 24);
  const typeAt = position++;
  buffer[typeAt] = type;
  writeText(name);
  buffer[position++] = 0;
  return typeAt;
}

/** Writes the content and returns the type byte. Room for the fixed-size types was reserved with the name. */
export function writeContent(value: Value): number {
  if (typeof value === 'string') {
    reserve(value.length * 3 + 5);
    const start = position;
    position += 4;
    writeText(value);
    buffer[position++] = 0;
    buffer.writeInt32LE(position - start - 4, start);
    return 0x02;
  }
  if (typeof value === 'number') {
    position = buffer.writeDoubleLE(value, position);
    return 0x01;
  }
  if (value === null) return 0x0a;
  if (typeof value === 'boolean') {
    buffer[position++] = value ? 1 : 0;
    return 0x08;
  }
  if (typeof value === 'bigint') {
    position = buffer.writeBigInt64LE(value, position);
    return 0x12;
  }
  if (value instanceof Map) {
    writeDocument(value);
    return 0x03;
  }
  if (isArray(value)) {
    const start = beginBlock();
    for (let index = 0; index < value.length; index++) writeElement(String(index), value[index] ?? null);
    endBlock(start);
    return 0x04;
  }
  if (value instanceof Int32) {
    position = buffer.writeInt32LE(value.value, position);
    return 0x10;
  }
  if (value instanceof ObjectIdValue) {
    position += buffer.write(value.hex, position, 12, 'hex');
    return 0x07;
  }
  if (value instanceof DateValue) {
    const high = Math.floor(value.milliseconds / TWO_TO_32);
    position = buffer.writeUInt32LE(value.milliseconds - high * TWO_TO_32, position);
    position = buffer.writeInt32LE(high, position);
    return 0x09;
  }
  if (value instanceof RawDocument) {
    writeBytes(value.bytes);
    return 0x03;
  }
  position = buffer.writeInt32LE(value.bytes.length, position);
  buffer[position++] = value.subtype;
  writeBytes(value.bytes);
  return 0x05;
}

/** For which room was reserved: three bytes for each code unit. */
export function writeText(text: string): void {
  const at = position;
  position += text.length > SHORT_TEXT ? buffer.write(text, at) : writeShortText(text, at);
}

function writeShortText(text: string, at: number): number {
  const bytes = buffer;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return bytes.write(text, at);
    bytes[at + index] = code;
  }
  return text.length;
}

export function writeByte(value: number): void {
  reserve(1);
  buffer[position++] = value;
}

/** @param start of what is written @param end behind it */
export function writeBytes(bytes: Buffer, start = 0, end = bytes.length): void {
  reserve(end - start);
  position += bytes.copy(buffer, position, start, end);
}
