import {
  beginBlock,
  deepest,
  endBlock,
  position,
  writeContent,
  writeElement,
  written,
} from '../bson/encode.js';
import { DateValue, int32 } from '../bson/values.js';

/** Of a document that is encoded here; what is larger is left to bson. */
const MAX_PLAIN_BYTES = 256 * 1024;
const MOST_LEVELS = 32;
/** No code unit takes more. */
const BYTES_PER_UNIT = 3;

/** Thrown where bson has to decide what a value means, or that it means nothing. */
const NOT_PLAIN = new Error('not plain');

/**
 * The bytes that bson's `serialize` makes, in less time, of a document of which nearly all that stores write consists: objects and
 * arrays without a class, texts, numbers, booleans, dates and null. Members that are undefined are left out.
 * @returns undefined for any other, and for a large one, which are then bson's to encode or to refuse
 */
export function encodePlain(document: unknown): Buffer | undefined {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  try {
    return written(() => {
      writeObject(document);
    });
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

function writeObject(value: object): number {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw NOT_PLAIN;
  const start = begin(value);
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    if (name.includes('\0')) throw NOT_PLAIN;
    assertRoom(name);
    writeElement(name, member, writeMember);
  }
  endBlock(start);
  return 0x03;
}

function writeArray(values: readonly unknown[]): number {
  const start = begin(values);
  for (let index = 0; index < values.length; index++)
    writeElement(String(index), values[index] ?? null, writeMember);
  endBlock(start);
  return 0x04;
}

function begin(value: object): number {
  assertPlain(value);
  const start = beginBlock();
  if (deepest >= MOST_LEVELS) throw NOT_PLAIN;
  return start;
}

/** Members by which a value tells bson what it is. */
function assertPlain(value: object): void {
  if ('toBSON' in value || '_bsontype' in value) throw NOT_PLAIN;
}

function assertRoom(text: string): void {
  if (position + BYTES_PER_UNIT * text.length > MAX_PLAIN_BYTES) throw NOT_PLAIN;
}

function writeMember(value: unknown): number {
  assertRoom(typeof value === 'string' ? value : '');
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return writeContent(value);
  // As bson decides; minus zero is a double.
  if (typeof value === 'number') return writeContent(Object.is(value, value | 0) ? int32(value) : value);
  if (typeof value !== 'object') throw NOT_PLAIN;
  if (Array.isArray(value)) return writeArray(value);
  if (!(value instanceof Date)) return writeObject(value);
  assertPlain(value);
  const time = value.getTime();
  if (!Number.isInteger(time)) throw NOT_PLAIN;
  return writeContent(new DateValue(time));
}
