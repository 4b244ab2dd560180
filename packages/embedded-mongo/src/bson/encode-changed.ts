import { beginBlock, endBlock, writeBytes, writeElement, writeName, written } from './encode.js';
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
  return written(() => {
    const start = beginBlock();
    writeFields(before, bytes, after);
    endBlock(start);
  });
}

/** Copies field by field for as long as both have the same names in the same order; writes the rest. */
function writeFields(before: Document, bytes: Buffer, after: Document): void {
  const names = before.keys();
  let isAlike = true;
  let at = LENGTH_BYTES;
  for (const [name, value] of after) {
    isAlike &&= names.next().value === name;
    const [old, end] = isAlike ? [before.get(name), elementEnd(bytes, at)] : [undefined, at];
    if (Object.is(old, value)) writeBytes(bytes, at, end);
    else if (isArray(old) && isArray(value)) writeArray(name, old, bytes, contentStart(bytes, at), value);
    else writeElement(name, value);
    at = end;
  }
}

/** Copies what is the same at both ends, of which the latter may have moved, and writes what is between. */
function writeArray(name: string, before: Value[], bytes: Buffer, start: number, after: Value[]): void {
  const [head, tail] = sharedEnds(before, after);
  writeName(ARRAY, name);
  const block = beginBlock();
  const first = start + LENGTH_BYTES;
  let at = head === before.length ? start + bytes.readInt32LE(start) - 1 : skip(bytes, first, head);
  writeBytes(bytes, first, at);
  for (let index = head; index < after.length - tail; index++)
    writeElement(String(index), after[index] ?? null);
  at = skip(bytes, at, before.length - tail - head);
  for (let index = after.length - tail; index < after.length; index++) {
    const content = contentStart(bytes, at);
    const type = bytes[at] ?? 0;
    at = contentEnd(bytes, type, content);
    writeName(type, String(index));
    writeBytes(bytes, content, at);
  }
  endBlock(block);
}

/** How many elements at the beginning, and of the others at the end, two lists share. */
export function sharedEnds<T>(
  left: readonly T[],
  right: readonly T[],
  isSame: (left: T | undefined, right: T | undefined) => boolean = Object.is,
): [head: number, tail: number] {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && isSame(left[head], right[head])) head++;
  let tail = 0;
  while (tail < shorter - head && isSame(left.at(-1 - tail), right.at(-1 - tail))) tail++;
  return [head, tail];
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
