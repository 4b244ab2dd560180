import { isDocument, type Document, type Value, isArray } from '../bson/values.js';

/**
 * Called for each value a dotted path leads to; `undefined` stands for a missing field. `offset` is the index in the
 * outermost array that was entered implicitly, or -1. Returning true ends the walk.
 */
export type PathVisitor = (value: Value | undefined, offset: number) => boolean;

/**
 * Walks a path the way MongoDB's matcher does: arrays on the way are entered (their documents, and by index), an array at
 * the end gives its elements first and itself last, unless `wholeLeaf`. Returns whether the visitor ended the walk.
 */
export function visitPath(
  root: Document,
  parts: readonly string[],
  wholeLeaf: boolean,
  visit: PathVisitor,
): boolean {
  const last = parts.length - 1;

  const inDocument = (container: Document, index: number, offset: number): boolean => {
    const value = container.get(parts[index] ?? '');
    if (index === last) return atLeaf(value, offset);
    if (isDocument(value)) return inDocument(value, index + 1, offset);
    if (isArray(value)) return inArray(value, index + 1, offset);
    return visit(undefined, offset);
  };

  const atLeaf = (value: Value | undefined, offset: number): boolean => {
    if (!isArray(value) || wholeLeaf) return visit(value, offset);
    for (let at = 0; at < value.length; at++) if (visit(value[at], offset >= 0 ? offset : at)) return true;
    return visit(value, offset);
  };

  const inArray = (array: Value[], index: number, offset: number): boolean => {
    const explicit = arrayIndexOf(parts[index] ?? '');
    for (let at = 0; at < array.length; at++) {
      const element = array[at];
      const implicitOffset = offset >= 0 ? offset : at;
      if (isDocument(element) && inDocument(element, index, implicitOffset)) return true;
      if (at !== explicit) continue;
      if (index === last) {
        if (visit(element, offset)) return true;
      } else if (isDocument(element)) {
        if (inDocument(element, index + 1, offset)) return true;
      } else if (isArray(element) && inArray(element, index + 1, offset)) return true;
    }
    return false;
  };

  return inDocument(root, 0, -1);
}

/** The array index a path component names, or -1. Only canonical numbers count: `01` is a field name. */
export function arrayIndexOf(part: string): number {
  return /^(0|[1-9]\d{0,9})$/.test(part) ? Number(part) : -1;
}

/** Splits a dotted path. */
export function splitPath(path: string): string[] {
  return path.split('.');
}
