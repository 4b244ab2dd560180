import { KeyWriter } from '../../bson/key.js';
import { isDocument, type Document, type Value, isArray } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { pathParts } from '../path.js';

/** One field of an index or sort pattern. */
export interface KeyField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

/** A field of a key: a value, an empty array (`undefined` in MongoDB's indexes) or nothing there. */
export type KeyPart = Value | typeof EMPTY_ARRAY | typeof MISSING;
export const EMPTY_ARRAY = Symbol('empty array');
export const MISSING = Symbol('missing');

export interface KeySet {
  readonly tuples: KeyPart[][];
  /** Whether an array was expanded on the way, even one with a single element. */
  readonly multikey: boolean;
}

export function keyField(path: string, descending: boolean): KeyField {
  return { path, parts: pathParts(path), descending };
}

/** A field on its way into a document: `rest` of the path still to go from `value`. */
interface Walk {
  readonly rest: readonly string[];
  readonly value: Value | typeof EMPTY_ARRAY | undefined;
  /** Set when the value is final, also when it is an array inside an expanded array. */
  readonly final: boolean;
}

/**
 * The keys of a document under a pattern: one for each element of the array that its fields meet.
 * @throws CommandError 171 when two fields meet different arrays
 */
export function keysOf(document: Document, fields: readonly KeyField[]): KeySet {
  const tuples: KeyPart[][] = [];
  const walks = fields.map(({ parts }) => descend(parts, document));
  return { multikey: expand(walks, tuples), tuples };
}

/** Follows documents until the path ends or an array is met. */
function descend(parts: readonly string[], document: Document): Walk {
  let value: Value | undefined = document;
  let depth = 0;
  for (; depth < parts.length && isDocument(value); depth++) value = value.get(parts[depth] ?? '');
  if (depth === parts.length || isArray(value)) return { rest: parts.slice(depth), value, final: false };
  return { rest: [], value: undefined, final: true };
}

function expand(walks: readonly Walk[], tuples: KeyPart[][]): boolean {
  let array: Value[] | undefined;
  for (const { value, final } of walks) {
    if (final || !Array.isArray(value)) continue;
    if (array && array !== value)
      throw new CommandError('CannotIndexParallelArrays', 'cannot index parallel arrays');
    array = value;
  }
  if (!array) {
    tuples.push(walks.map(({ value }) => (value === undefined ? MISSING : value)));
    return false;
  }
  for (const element of array.length > 0 ? array : ([EMPTY_ARRAY] as const)) {
    const next = walks.map((walk): Walk => {
      if (walk.final || walk.value !== array) return walk;
      if (walk.rest.length === 0) return { rest: [], value: element, final: true };
      return element !== EMPTY_ARRAY && isDocument(element)
        ? descend(walk.rest, element)
        : { rest: [], value: undefined, final: true };
    });
    expand(next, tuples);
  }
  return true;
}

/** One for all: a key is written as a whole before the next. */
const writer = new KeyWriter();

/** The bytes of a tuple in the order of the pattern. */
export function encodeKey(tuple: readonly KeyPart[], fields: readonly KeyField[]): Buffer {
  writer.begin();
  for (const [index, part] of tuple.entries()) {
    const descending = fields[index]?.descending ?? false;
    if (part === EMPTY_ARRAY) writer.add(undefined, descending);
    else writer.add(part === MISSING ? null : part, descending);
  }
  return writer.finish();
}
