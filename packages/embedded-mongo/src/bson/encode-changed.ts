import { beginBlock, encoded, endBlock, writeBytes, writeElement, writeName } from './encode.js';
import { isArray, type Document, type Value } from './values.js';

const LENGTH_BYTES = 4;
const ARRAY = 0x04;
/** Of the types whose content always has the same size; the other types' content begins with its length. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  0x01: 8,
  0x07: 12,
  0x08: 1,
  0x09: 8,
  0x0a: 0,
  0x10: 4,
  0x12: 8,
};
/** What the length of the other types does not count. */
const UNCOUNTED_BYTES: Readonly<Record<number, number>> = { 0x02: 4, 0x03: 0, 0x04: 0, 0x05: 5 };

/**
 * The same bytes as `encodeDocument(after)`, most of them copied: what `after` shares with `before` is as it was.
 * @param bytes those of `before`
 */
export function encodeChanged(before: Document, bytes: Buffer, after: Document): Buffer {
  return encoded(() => {
    const start = beginBlock();
    writeFields(before, bytes, after);
    endBlock(start);
  });
}

/** Copies field by field for as long as both have the same names in the same order; writes the rest. */
function writeFields(before: Document, bytes: Buffer, after: Document): void {
  const names = before.keys();
  let isCompared = true;
  let [copied, at] = [LENGTH_BYTES, LENGTH_BYTES];
  for (const [name, value] of after) {
    isCompared &&= names.next().value === name;
    if (!isCompared) {
      writeBytes(bytes, copied, at);
      copied = at;
      writeElement(name, value);
      continue;
    }
    const end = elementEnd(bytes, at);
    const old = before.get(name);
    if (!Object.is(old, value)) {
      writeBytes(bytes, copied, at);
      if (isArray(old) && isArray(value)) writeArray(name, old, bytes, contentStart(bytes, at), value);
      else writeElement(name, value);
      copied = end;
    }
    at = end;
  }
  writeBytes(bytes, copied, at);
}

/** Copies what is the same at both ends, of which the latter may have moved, and writes what is between. */
function writeArray(name: string, before: Value[], bytes: Buffer, start: number, after: Value[]): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && Object.is(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && Object.is(before.at(-1 - tail), after.at(-1 - tail))) tail++;
  writeName(ARRAY, name);
  const block = beginBlock();
  const first = start + LENGTH_BYTES;
  const end = start + bytes.readInt32LE(start) - 1;
  let at = head === before.length ? end : skip(bytes, first, head);
  writeBytes(bytes, first, at);
  for (let index = head; index < after.length - tail; index++)
    writeElement(String(index), after[index] ?? null);
  at = tail === 0 ? end : skip(bytes, at, before.length - tail - head);
  if (before.length === after.length) writeBytes(bytes, at, end);
  else
    for (let index = after.length - tail; index < after.length; index++) {
      const content = contentStart(bytes, at);
      const type = bytes[at] ?? 0;
      at = contentEnd(bytes, type, content);
      writeName(type, String(index));
      writeBytes(bytes, content, at);
    }
  endBlock(block);
}

function skip(bytes: Buffer, start: number, count: number): number {
  let at = start;
  for (let skipped = 0; skipped < count; skipped++) at = elementEnd(bytes, at);
  return at;
}

function elementEnd(bytes: Buffer, at: number): number {
  return contentEnd(bytes, bytes[at] ?? 0, contentStart(bytes, at));
}

function contentStart(bytes: Buffer, at: number): number {
  let position = at + 1;
  while (bytes[position++] !== 0) if (position >= bytes.length) throw new Error('a name without an end');
  return position;
}

function contentEnd(bytes: Buffer, type: number, content: number): number {
  const fixed = FIXED_BYTES[type];
  if (fixed !== undefined) return content + fixed;
  const uncounted = UNCOUNTED_BYTES[type];
  if (uncounted === undefined) throw new Error(`the type ${type} among stored bytes`);
  return content + bytes.readInt32LE(content) + uncounted;
}
