import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';

/** What an expression is evaluated on: the document and the time the command began. */
export interface Scope {
  readonly root: Document;
  readonly now: number;
}

/** A compiled expression; undefined is a missing value. */
export type Expression = (scope: Scope) => Value | undefined;

/** The value at a field path: documents in arrays on the way are each looked into, numbers are names, not indexes. */
export function valueAt(value: Value | undefined, parts: readonly string[], from = 0): Value | undefined {
  if (from === parts.length) return value;
  if (isDocument(value)) return valueAt(value.get(parts[from] ?? ''), parts, from + 1);
  if (!isArray(value)) return undefined;
  return value.flatMap((element) => {
    const inner = isDocument(element) ? valueAt(element, parts, from) : undefined;
    return inner === undefined ? [] : [inner];
  });
}
