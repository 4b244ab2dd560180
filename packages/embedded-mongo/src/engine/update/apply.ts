import { compareValues } from '../../bson/compare.js';
import { encodeValue } from '../../bson/encode.js';
import { isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError, badValue } from '../../errors.js';
import type { ValueChange } from './operators.js';
import type { Update } from './parse.js';

/**
 * The document after the update. The given one is not changed: what differs is made anew, all else is shared with it.
 * @param inserting whether the document is being inserted by an upsert
 * @throws CommandError 66 when `_id` would change, others as MongoDB
 */
export function applyUpdate(document: Document, update: Update, inserting: boolean): Document {
  let result = document;
  if (update instanceof Map) result = replace(document, update);
  else {
    const made: Made = new Set();
    for (const { parts, change, creates, onInsert } of update)
      if (!onInsert || inserting) result = withChange(result, parts, creates, change, made);
  }
  assertSameId(document.get('_id'), result.get('_id'));
  return idFirst(result);
}

/** `_id` is always the first field of a stored document. */
export function idFirst(document: Document): Document {
  const [first] = document.keys();
  const id = document.get('_id');
  return first === '_id' || id === undefined ? document : new Map([['_id', id], ...document]);
}

function replace(document: Document, replacement: Document): Document {
  const id = document.get('_id');
  const given = replacement.get('_id');
  // An equal id of another numeric type leaves the stored one as it is.
  const keepsId = id !== undefined && (given === undefined || compareValues(id, given) === 0);
  return keepsId ? new Map(replacement).set('_id', id) : replacement;
}

function assertSameId(before: Value | undefined, after: Value | undefined): void {
  if (before === undefined || before === after) return;
  if (after === undefined || !encodeValue(before).equals(encodeValue(after)))
    throw new CommandError('ImmutableField', "An update would modify the immutable field '_id'");
}

/** Documents that nobody else has seen yet: they are changed as they are. */
type Made = Set<Document>;

/**
 * The document with the value at the path changed; the same one when nothing changes.
 * @param creates whether documents are made on the way; else a path that leads nowhere changes nothing
 * @param made those of the same update, which are not made anew for each of its changes
 * @param depth how many of the path's names lead to this document
 * @throws CommandError when the path cannot be made through a value that is there
 */
export function withChange(
  document: Document,
  parts: readonly string[],
  creates: boolean,
  change: ValueChange,
  made: Made,
  depth = 0,
): Document {
  const name = parts[depth] ?? '';
  const current = document.get(name);
  let next: Value | undefined;
  if (depth === parts.length - 1) next = change(current);
  else if (isDocument(current) || (current === undefined && creates))
    next = withChange(current ?? new Map<string, Value>(), parts, creates, change, made, depth + 1);
  else if (creates)
    throw badValue(`Cannot create field '${parts[depth + 1]}' in '${name}', which is no object`);
  else return document;
  if (next === current) return document;
  const result = made.has(document) ? document : new Map(document);
  made.add(result);
  if (next === undefined) result.delete(name);
  else result.set(name, next);
  return result;
}
