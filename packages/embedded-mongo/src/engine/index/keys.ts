import { written } from '../../bson/encode.js';
import { writeKey } from '../../bson/key.js';
import { integerOf } from '../../bson/numbers.js';
import { isDocument, type Document, type Value, isArray } from '../../bson/values.js';
import { CommandError, badValue, unsupported } from '../../errors.js';
import { pathParts } from '../path.js';

/** One field of an index or sort pattern. */
export interface KeyField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly descending: boolean;
}

/** A field of a key: a value, an empty array, or `undefined` where nothing is, which has the key of null. */
export type KeyPart = Value | typeof EMPTY_ARRAY | undefined;
export const EMPTY_ARRAY = Symbol('empty array');

/** The fields of a pattern that met an array, as bits by their place in it; 0: none. */
export type ArrayFields = number;

/** Of an index of before the fields were told apart. */
export const ANY_FIELD: ArrayFields = -1;

export interface KeySet {
  readonly tuples: KeyPart[][];
  /** The fields whose array was expanded on the way, even one with a single element. */
  readonly arrays: ArrayFields;
}

/** Whether the field at this place of the pattern may have met an array. */
export function metArray(arrays: ArrayFields, place: number): boolean {
  // A pattern has at most 32 fields, as in MongoDB.
  return (arrays & (1 << place)) !== 0;
}

/** Understands the pattern of an index or a sort. @throws CommandError for what MongoDB refuses, 115 for anything but upwards and downwards */
export function parsePattern(pattern: Document): KeyField[] {
  return [...pattern].map(([path, direction]) => {
    if (typeof direction === 'string') throw unsupported(`${direction} indexes`);
    if (isDocument(direction)) throw unsupported(`the sort expression for '${path}'`);
    const integer = integerOf(direction);
    if (integer !== 1 && integer !== -1) throw badValue(`The direction of '${path}' must be 1 or -1`);
    return { path, parts: pathParts(path), descending: integer < 0 };
  });
}

/** A field on its way into a document: `rest` of the path still to go from `value`. */
interface Walk {
  readonly rest: readonly string[];
  readonly value: KeyPart;
  /** Set when the value is final, also when it is an array inside an expanded array. */
  readonly final: boolean;
}

/**
 * The keys of a document under a pattern: one for each element of the array that its fields meet.
 * @throws CommandError 171 when two fields meet different arrays
 */
export function keysOf(document: Document, fields: readonly KeyField[]): KeySet {
  const values = fields.map(({ parts }) => valueAt(parts, document));
  if (!values.some(isArray)) return { arrays: 0, tuples: [values] };
  const walks = fields.map(({ parts }) => descend(parts, document));
  const tuples: KeyPart[][] = [];
  return { arrays: expand(walks, tuples), tuples };
}

/** What the path leads to, or the array that is met on the way. */
function valueAt(parts: readonly string[], document: Document): Value | undefined {
  let value: Value | undefined = document;
  for (const name of parts) {
    if (!isDocument(value)) return isArray(value) ? value : undefined;
    value = value.get(name);
  }
  return value;
}

/** Follows documents until the path ends or an array is met. */
function descend(parts: readonly string[], document: Document): Walk {
  let value: Value | undefined = document;
  let depth = 0;
  for (; depth < parts.length && isDocument(value); depth++) value = value.get(parts[depth] ?? '');
  if (depth === parts.length || isArray(value)) return { rest: parts.slice(depth), value, final: false };
  return { rest: [], value: undefined, final: true };
}

function expand(walks: readonly Walk[], tuples: KeyPart[][]): ArrayFields {
  let array: Value[] | undefined;
  let arrays: ArrayFields = 0;
  for (const [place, { value, final }] of walks.entries()) {
    if (final || !Array.isArray(value)) continue;
    if (array && array !== value)
      throw new CommandError('CannotIndexParallelArrays', 'cannot index parallel arrays');
    array = value;
    arrays |= 1 << place;
  }
  if (!array) {
    tuples.push(walks.map(({ value }) => value));
    return arrays;
  }
  for (const element of array.length > 0 ? array : ([EMPTY_ARRAY] as const)) {
    const next = walks.map((walk): Walk => {
      if (walk.final || walk.value !== array) return walk;
      if (walk.rest.length === 0) return { rest: [], value: element, final: true };
      return element !== EMPTY_ARRAY && isDocument(element)
        ? descend(walk.rest, element)
        : { rest: [], value: undefined, final: true };
    });
    arrays |= expand(next, tuples);
  }
  return arrays;
}

/** The bytes of a tuple in the order of the pattern. */
export function encodeKey(tuple: readonly KeyPart[], fields: readonly KeyField[]): Buffer {
  return written(() => {
    for (const [index, part] of tuple.entries())
      writeKey(part === EMPTY_ARRAY ? undefined : (part ?? null), fields[index]?.descending);
  });
}
