import { randomBytes } from 'node:crypto';
import {
  isDocument,
  ObjectIdValue,
  RegexValue,
  TimestampValue,
  type Document,
  type Value,
  isArray,
} from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { isOperatorDocument, typeName } from '../filter/tests.js';
import { splitPath } from '../path.js';
import { applyUpdate, idFirst } from './apply.js';
import { copyValue } from './copy.js';
import type { Update } from './parse.js';
import { openSlot } from './paths.js';

/** The document an upsert inserts when nothing matched: the filter's equalities, then the update, then an `_id`. */
export function upsertDocument(filter: Document, update: Update): Document {
  const equalities = new Map<string, Value>();
  collectEqualities(filter, equalities);
  const base: Document = new Map();
  if (update.kind === 'replacement') {
    const id = equalities.get('_id');
    if (id !== undefined) base.set('_id', id);
  } else {
    assertDisjoint([...equalities.keys()]);
    for (const [path, value] of equalities) openSlot(base, splitPath(path), true)?.set(copyValue(value));
  }
  return withId(applyUpdate(base, update, { positions: [], inserting: true }));
}

function collectEqualities(filter: Document, into: Map<string, Value>): void {
  for (const [name, value] of filter) {
    if (name === '$and' || (name === '$or' && isArray(value) && value.length === 1)) {
      for (const entry of isArray(value) ? value : []) if (isDocument(entry)) collectEqualities(entry, into);
    } else if (!name.startsWith('$')) {
      const equal = equalityOf(value);
      if (equal === undefined) continue;
      if (into.has(name)) throw twice(name);
      into.set(name, equal);
    }
  }
}

function equalityOf(value: Value): Value | undefined {
  if (value instanceof RegexValue) return undefined;
  if (!isDocument(value) || !isOperatorDocument(value)) return value;
  if (value.has('$eq')) return value.get('$eq');
  const list = value.get('$in') ?? value.get('$all');
  if (!isArray(list) || list.length !== 1) return undefined;
  const [only = null] = list;
  return only instanceof RegexValue || isOperatorDocument(only) ? undefined : only;
}

const twice = (path: string): CommandError =>
  new CommandError(
    'NotSingleValueField',
    `cannot infer query fields to set, path '${path}' is matched twice`,
  );

function assertDisjoint(paths: readonly string[]): void {
  for (const path of paths) {
    const parent = paths.find((other) => other !== path && path.startsWith(`${other}.`));
    if (parent !== undefined) {
      throw new CommandError(
        'NotSingleValueField',
        `cannot infer query fields to set, both paths '${parent}' and '${path}' are matched`,
      );
    }
  }
}

/** Puts `_id` first, making one when there is none, and checks what may be stored. */
export function withId(document: Document): Document {
  const id = document.get('_id');
  const result =
    id === undefined ? new Map<string, Value>([['_id', newObjectId()], ...document]) : idFirst(document);
  assertStorable(result);
  return result;
}

/** @throws CommandError 53 for an `_id` of a type MongoDB refuses */
export function assertStorable(document: Document): void {
  const id = document.get('_id');
  if (isArray(id) || id instanceof RegexValue) {
    throw new CommandError('InvalidIdField', `The '_id' value cannot be of type ${typeName(id)}`);
  }
  if (isDocument(id)) assertNoDollar(id);
  for (const value of document.values()) {
    if (value instanceof TimestampValue && value.value === 0n)
      throw unsupported('Timestamp(0, 0), which a server replaces with its clock');
  }
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

const processUnique = randomBytes(5).toString('hex');
let counter = randomBytes(3).readUIntBE(0, 3);

/** A new ObjectId: seconds, five random bytes of this process, counter. */
export function newObjectId(): ObjectIdValue {
  counter = (counter + 1) & 0xffffff;
  const seconds = Math.floor(Date.now() / 1000);
  return new ObjectIdValue(
    seconds.toString(16).padStart(8, '0') + processUnique + counter.toString(16).padStart(6, '0'),
  );
}
