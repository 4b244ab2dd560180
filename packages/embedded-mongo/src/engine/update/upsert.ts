import { ObjectId } from 'bson';
import { isArray, isDocument, ObjectIdValue, type Document, type Value } from '../../bson/values.js';
import { badValue, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { pathParts } from '../path.js';
import { applyUpdate, idFirst, withChange } from './apply.js';
import type { Update } from './parse.js';

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
