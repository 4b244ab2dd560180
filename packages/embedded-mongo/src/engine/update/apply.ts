import { compareValues } from '../../bson/key.js';
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
  else
    for (const { parts, change, creates, onInsert } of update)
      if (!onInsert || inserting) result = withChange(result, parts, creates, change);
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

/**
 * The document with the value at the path changed; the same one when nothing changes.
 * @param creates whether documents are made on the way; else a path that leads nowhere changes nothing
 * @throws CommandError when the path cannot be made through a value that is there
 */
export function withChange(
  document: Document,
  [name = '', ...rest]: readonly string[],
  creates: boolean,
  change: ValueChange,
): Document {
  const current = document.get(name);
  let next: Value | undefined;
  if (rest.length === 0) next = change(current);
  else if (isDocument(current) || (current === undefined && creates))
    next = withChange(current ?? new Map<string, Value>(), rest, creates, change);
  else if (creates) throw badValue(`Cannot create field '${rest[0]}' in '${name}', which is no object`);
  else return document;
  if (next === current) return document;
  const result = new Map(document);
  if (next === undefined) result.delete(name);
  else result.set(name, next);
  return result;
}
