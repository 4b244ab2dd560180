import { ObjectId } from 'bson';
import { isArray, isDocument, ObjectIdValue, type Document, type Value } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { pathParts } from '../path.js';
import { applyUpdate, idFirst, withChange } from './apply.js';
import type { Update } from './parse.js';

/** The document an upsert inserts when nothing matched: the filter's equalities, then the update, then an `_id`. */
export function upsertDocument(filter: Document, update: Update): Document {
  const equalities = new Map<string, Value>();
  collectEqualities(filter, equalities);
  let base: Document = new Map();
  if (update.kind === 'replacement') {
    const id = equalities.get('_id');
    if (id !== undefined) base.set('_id', id);
  } else {
    assertDisjoint([...equalities.keys()]);
    for (const [path, value] of equalities) base = withChange(base, pathParts(path), true, () => value);
  }
  return withId(applyUpdate(base, update, true));
}

function collectEqualities(filter: Document, into: Map<string, Value>): void {
  for (const [name, value] of filter) {
    if (name === '$or') {
      const [only, ...others] = isArray(value) ? value : [];
      if (isDocument(only) && others.length === 0) collectEqualities(only, into);
      continue;
    }
    const equal = equalityOf(value);
    if (equal === undefined) continue;
    if (into.has(name)) throw ambiguous(`path '${name}' is matched twice`);
    into.set(name, equal);
  }
}

function equalityOf(value: Value): Value | undefined {
  if (!isDocument(value) || !isOperatorDocument(value)) return value;
  const list = value.get('$in');
  return isArray(list) && list.length === 1 ? list[0] : undefined;
}

function assertDisjoint(paths: readonly string[]): void {
  for (const path of paths) {
    const parent = paths.find((other) => path.startsWith(`${other}.`));
    if (parent !== undefined) throw ambiguous(`both paths '${parent}' and '${path}' are matched`);
  }
}

const ambiguous = (what: string): CommandError =>
  new CommandError('NotSingleValueField', `cannot infer query fields to set, ${what}`);

/** Puts `_id` first, making one when there is none. @throws CommandError 53 for an `_id` of a type MongoDB refuses, 52 for names in it */
export function withId(document: Document): Document {
  const id = document.get('_id');
  if (id === undefined)
    return new Map<string, Value>([['_id', new ObjectIdValue(new ObjectId().toHexString())], ...document]);
  if (isArray(id)) throw new CommandError('InvalidIdField', "The '_id' value cannot be of type array");
  if (isDocument(id)) assertNoDollar(id);
  return idFirst(document);
}

function assertNoDollar(id: Document): void {
  for (const [name, value] of id) {
    if (name.startsWith('$'))
      throw new CommandError(
        'DollarPrefixedFieldName',
        `_id fields may not contain '$'-prefixed fields: ${name} is not valid for storage.`,
      );
    if (isDocument(value)) assertNoDollar(value);
  }
}
