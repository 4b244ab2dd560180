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
  readonly value: Value | undefined;
  /** Set when the value is final, also when it is an array inside an expanded array. */
  readonly final: boolean;
}

/**
 * The keys of a document under a pattern: one for each element of the array that its fields meet.
 * @throws CommandError 171 when two fields meet different arrays
 */
export function keysOf(document: Document, fields: readonly KeyField[]): KeySet {
  const tuples: KeyPart[][] = [];
  const multikey = expand(
    fields.map((field) => descend({ rest: field.parts, value: document, final: false })),
    fields,
    tuples,
  );
  return { tuples, multikey };
}

/** Follows documents until the path ends or an array is met. */
function descend(walk: Walk): Walk {
  let { rest, value } = walk;
  while (rest.length > 0 && isDocument(value)) {
    value = value.get(rest[0] ?? '');
    rest = rest.slice(1);
  }
  if (rest.length === 0 || isArray(value)) return { rest, value, final: false };
  return { rest: [], value: undefined, final: true };
}

function expand(walks: readonly Walk[], fields: readonly KeyField[], tuples: KeyPart[][]): boolean {
  let array: Value[] | undefined;
  let arrayPath = '';
  for (const [index, walk] of walks.entries()) {
    if (walk.final || !isArray(walk.value)) continue;
    if (array && array !== walk.value) {
      throw new CommandError(
        'CannotIndexParallelArrays',
        `cannot index parallel arrays [${fields[index]?.parts.at(-walk.rest.length - 1) ?? ''}] [${arrayPath}]`,
      );
    }
    array = walk.value;
    arrayPath = fields[index]?.parts.at(-walk.rest.length - 1) ?? '';
  }
  if (!array) {
    tuples.push(walks.map((walk) => (walk.value === undefined ? MISSING : walk.value)));
    return false;
  }
  const expanded = array;
  if (expanded.length === 0) {
    tuples.push(
      walks.map((walk) => {
        if (walk.value === expanded && !walk.final) return walk.rest.length === 0 ? EMPTY_ARRAY : MISSING;
        return walk.value === undefined ? MISSING : walk.value;
      }),
    );
    return true;
  }
  for (const element of expanded) {
    const next = walks.map((walk): Walk => {
      if (walk.final || walk.value !== expanded) return walk;
      if (walk.rest.length === 0) return { rest: [], value: element, final: true };
      return isDocument(element)
        ? descend({ rest: walk.rest, value: element, final: false })
        : { rest: [], value: undefined, final: true };
    });
    expand(next, fields, tuples);
  }
  return true;
}

/** The bytes of a tuple in the order of the pattern. */
export function encodeKey(
  tuple: readonly KeyPart[],
  fields: readonly KeyField[],
  writer = new KeyWriter(),
): Buffer {
  for (const [index, part] of tuple.entries()) {
    const descending = fields[index]?.descending ?? false;
    if (part === EMPTY_ARRAY) writer.add(undefined, descending);
    else writer.add(part === MISSING ? null : part, descending);
  }
  return writer.finish();
}
