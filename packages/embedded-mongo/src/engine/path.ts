import { isArray, isDocument, type Document, type Value } from '../bson/values.js';
import { badValue, unsupported } from '../errors.js';

/** Called for each value a path leads to; `undefined` stands for a missing field. Returning true ends the walk. */
export type PathVisitor = (value: Value | undefined) => boolean;

/** The paths that were met first, each with its names: the same few come with every command. */
const KNOWN = new Map<string, readonly string[]>();
/** Paths whose names are remembered. */
const MAX_KNOWN_PATHS = 1000;
const LONGEST_KNOWN_PATH = 64;

/**
 * The names of a dotted path.
 * @throws CommandError 115 for a number as a name, which may mean an array's position, and for `$`, which none that is supported begins with
 */
export function pathParts(path: string): readonly string[] {
  const known = KNOWN.get(path);
  if (known !== undefined) return known;
  const parts = path.split('.');
  const refused = parts.find((part) => /^(\d+$|\$)/.test(part));
  if (refused !== undefined) throw unsupported(`'${refused}' in the path '${path}'`);
  if (parts.includes('')) throw badValue(`The path '${path}' contains an empty field name`);
  if (path.length <= LONGEST_KNOWN_PATH && KNOWN.size < MAX_KNOWN_PATHS) KNOWN.set(path, parts);
  return parts;
}

/**
 * Walks a path the way MongoDB's matcher does: the documents of arrays on the way are entered, an array at the end gives
 * its elements first and itself last, unless `wholeLeaf`. Returns whether the visitor ended the walk.
 */
export function visitPath(
  document: Document,
  parts: readonly string[],
  wholeLeaf: boolean,
  visit: PathVisitor,
  index = 0,
): boolean {
  const value = document.get(parts[index] ?? '');
  if (index === parts.length - 1)
    return (isArray(value) && !wholeLeaf && value.some((element) => visit(element))) || visit(value);
  if (isDocument(value)) return visitPath(value, parts, wholeLeaf, visit, index + 1);
  if (!isArray(value)) return visit(undefined);
  return value.some(
    (element) => isDocument(element) && visitPath(element, parts, wholeLeaf, visit, index + 1),
  );
}
