import { ObjectId } from 'bson';
import { compareValues } from '../../bson/key.js';
import { encodeValue } from '../../bson/encode.js';
import { isArray, isDocument, ObjectIdValue, type Document, type Value } from '../../bson/values.js';
import { CommandError, badValue, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/parse.js';
import { pathParts } from '../path.js';
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
    const made = new Set<Document>();
    for (const { parts, change, creates, onInsert } of update)
      if (!onInsert || inserting) result = withChange(result, parts, creates, change, made);
  }
  assertSameId(document.get('_id'), result.get('_id'));
  return idFirst(result);
}

/** `_id` is always the first field of a stored document. */
function idFirst(document: Document): Document {
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
 * @param made those of the same update, which nobody else has seen yet: they are changed as they are
 * @param depth how many of the path's names lead to this document
 * @throws CommandError when the path cannot be made through a value that is there
 */
function withChange(
  document: Document,
  parts: readonly string[],
  creates: boolean,
  change: ValueChange,
  made: Set<Document>,
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

/** The document an upsert inserts when nothing matched: the filter's equalities, then the update, then an `_id`. */
export function upsertDocument(filter: Document, update: Update): Document {
  const equalities = [...filter].filter(([path, value]) => isEquality(path, value));
  let base: Document = new Map();
  for (const [path, value] of equalities) {
    if (equalities.some(([other]) => other.startsWith(`${path}.`)))
      throw badValue(`the filter gives '${path}' and what is in it`);
    // A replacement takes over nothing but the id.
    if (!(update instanceof Map) || path === '_id')
      base = withChange(base, pathParts(path), true, () => value, new Set());
  }
  return withId(applyUpdate(base, update, true));
}

/** @throws CommandError 115 for lists of one, which are equalities in MongoDB */
function isEquality(path: string, value: Value): boolean {
  if (!path.startsWith('$') && !isOperatorDocument(value)) return true;
  const list = isDocument(value) ? value.get('$in') : value;
  if (isArray(list) && list.length === 1) throw unsupported(`upserts by a list of one at '${path}'`);
  return false;
}

/** Puts `_id` first, making one when there is none. @throws CommandError for an `_id` that MongoDB refuses */
export function withId(document: Document): Document {
  const id = document.get('_id');
  if (id === undefined)
    return new Map<string, Value>([['_id', new ObjectIdValue(new ObjectId().toHexString())], ...document]);
  if (isArray(id)) throw badValue("The '_id' value cannot be of type array");
  if (isDocument(id) && hasOperator(id)) throw badValue("Names in an '_id' cannot begin with '$'");
  return idFirst(document);
}

const hasOperator = (document: Document): boolean =>
  [...document].some(([name, value]) => name.startsWith('$') || (isDocument(value) && hasOperator(value)));
