import { isUtf8 } from 'node:buffer';
import { BSONType } from 'bson';
import { badValue, unsupported, type CommandError } from '../errors.js';
import { MAX_DEPTH } from '../limits.js';
import { BinaryValue, DateValue, ObjectIdValue, int32, type Document, type Value } from './values.js';

const MAX_DATE_MS = 8.64e15;

/** Names of fields as they were read last, by their hash: the same few come again and again, and each is made into a text once. */
const NAMES: string[] = Array.from({ length: 1024 }, () => '');
const LONGEST_KNOWN_NAME = 32;
/** Up to this length a text is looked through here, beyond it the decoder of UTF-8 is faster. */
const SHORT_TEXT_BYTES = 48;

const malformed = (detail: string): CommandError => badValue(`Invalid BSON: ${detail}`);

/** Reads the document at `offset`; throws on anything that is not well-formed BSON of a supported type. */
export function decodeDocument(bytes: Buffer, offset = 0): Document {
  return new Reader(bytes, offset).document(0);
}

class Reader {
  constructor(
    private readonly bytes: Buffer,
    private position: number,
  ) {}

  document(depth: number): Document {
    const end = this.begin(depth);
    const document: Document = new Map();
    let count = 0;
    for (let type = this.bytes[this.position++]; type !== 0; type = this.bytes[this.position++]) {
      const name = this.name();
      document.set(name, this.value(type ?? 0, depth));
      if (document.size !== ++count) throw unsupported(`a document with the field name '${name}' twice`);
    }
    if (this.position !== end) throw malformed('document length does not match its content');
    return document;
  }

  private array(depth: number): Value[] {
    const end = this.begin(depth);
    const array: Value[] = [];
    for (let type = this.bytes[this.position++]; type !== 0; type = this.bytes[this.position++]) {
      while (this.bytes[this.position++] !== 0)
        if (this.position >= end) throw malformed('unterminated name');
      array.push(this.value(type ?? 0, depth));
    }
    if (this.position !== end) throw malformed('array length does not match its content');
    return array;
  }

  private begin(depth: number): number {
    if (depth > MAX_DEPTH) throw malformed(`nested deeper than ${MAX_DEPTH} levels`);
    if (this.position + 5 > this.bytes.length) throw malformed('truncated');
    const end = this.position + this.bytes.readInt32LE(this.position);
    if (end < this.position + 5 || end > this.bytes.length || this.bytes[end - 1] !== 0)
      throw malformed('bad length');
    this.position += 4;
    return end;
  }

  private value(type: number, depth: number): Value {
    const { bytes } = this;
    switch (type) {
      case 0x01:
        return bytes.readDoubleLE(this.advance(8));
      case 0x02:
        return this.string();
      case 0x03:
        return this.document(depth + 1);
      case 0x04:
        return this.array(depth + 1);
      case 0x05:
        return this.binary();
      case 0x07:
        return new ObjectIdValue(bytes.toString('hex', this.advance(12), this.position));
      case 0x08:
        return bytes[this.advance(1)] !== 0;
      case 0x09:
        return this.date();
      case 0x0a:
        return null;
      case 0x10:
        return int32(bytes.readInt32LE(this.advance(4)));
      case 0x12:
        return bytes.readBigInt64LE(this.advance(8));
      default:
        throw refusedType(type);
    }
  }

  private date(): DateValue {
    const start = this.advance(8);
    const milliseconds = this.bytes.readInt32LE(start + 4) * 4294967296 + this.bytes.readUInt32LE(start);
    if (Math.abs(milliseconds) > MAX_DATE_MS) throw unsupported('a date outside the years -271821 to 275760');
    return new DateValue(milliseconds);
  }

  private binary(): BinaryValue {
    const length = this.bytes.readInt32LE(this.advance(4));
    const subtype = this.bytes[this.advance(1)] ?? 0;
    if (length < 0) throw malformed('negative binary length');
    const start = this.advance(length);
    return new BinaryValue(subtype, Buffer.from(this.bytes.subarray(start, start + length)));
  }

  private string(): string {
    const length = this.bytes.readInt32LE(this.advance(4));
    if (length < 1) throw malformed('bad string length');
    const start = this.advance(length);
    return this.text(start, start + length - 1);
  }

  private name(): string {
    const { bytes, position: start } = this;
    let [hash, ascii] = [0, true];
    let end = start;
    for (let byte = bytes[end]; byte !== 0; byte = bytes[++end]) {
      if (byte === undefined) throw malformed('unterminated name');
      if (byte > 0x7f) ascii = false;
      hash = (hash * 31 + byte) | 0;
    }
    this.position = end + 1;
    if (!ascii || end - start > LONGEST_KNOWN_NAME) return this.text(start, end);
    const slot = (hash ^ (hash >>> 10)) & (NAMES.length - 1);
    const known = NAMES[slot] ?? '';
    if (known.length === end - start && this.says(known, start)) return known;
    return (NAMES[slot] = bytes.toString('latin1', start, end));
  }

  private says(text: string, start: number): boolean {
    for (let index = 0; index < text.length; index++)
      if (text.charCodeAt(index) !== this.bytes[start + index]) return false;
    return true;
  }

  private isAscii(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if ((this.bytes[at] ?? 0) > 0x7f) return false;
    return true;
  }

  private text(start: number, end: number): string {
    if (end - start <= SHORT_TEXT_BYTES && this.isAscii(start, end))
      return this.bytes.toString('latin1', start, end);
    const text = this.bytes.toString('utf8', start, end);
    // A replacement character that was not in the bytes means they were not UTF-8: storing the text would change it.
    if (text.includes('\ufffd') && !isUtf8(this.bytes.subarray(start, end)))
      throw malformed('text is not valid UTF-8');
    return text;
  }

  /** Moves past `count` bytes and returns where they start. */
  private advance(count: number): number {
    const start = this.position;
    this.position += count;
    if (this.position > this.bytes.length) throw malformed('truncated');
    return start;
  }
}

/** Types that nothing here stores are refused rather than half understood. */
function refusedType(type: number): CommandError {
  const [name] = Object.entries(BSONType).find(([, number]) => (number & 0xff) === type) ?? [];
  return name === undefined ? malformed(`unknown type ${type}`) : unsupported(`the BSON type ${name}`);
}
