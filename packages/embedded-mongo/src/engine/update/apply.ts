import { compareValues } from '../../bson/compare.js';
import { encodeValue } from '../../bson/encode.js';
import { isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { valueText } from '../value-text.js';
import type { ValueChange } from './operators.js';
import type { Update, UpdateOperation } from './parse.js';

/**
 * The document after the update. The given one is not changed: what differs is made anew, all else is shared with it.
 * @param inserting whether the document is being inserted by an upsert
 * @throws CommandError 66 when `_id` would change, others as MongoDB
 */
export function applyUpdate(document: Document, update: Update, inserting: boolean): Document {
  const result =
    update.kind === 'replacement'
      ? replace(document, update.document)
      : operate(document, update.operations, inserting);
  assertSameId(document.get('_id'), result.get('_id'), update);
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
  const result = new Map(replacement);
  // An equal id of another numeric type leaves the stored one as it is.
  if (id !== undefined && (given === undefined || compareValues(id, given) === 0)) result.set('_id', id);
  return result;
}

function assertSameId(before: Value | undefined, after: Value | undefined, { kind }: Update): void {
  if (before === undefined || before === after) return;
  if (after !== undefined && encodeValue(before).equals(encodeValue(after))) return;
  throw new CommandError(
    'ImmutableField',
    kind === 'operators'
      ? "Performing an update on the path '_id' would modify the immutable field '_id'"
      : `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${valueText(after ?? null)}`,
  );
}

function operate(document: Document, operations: readonly UpdateOperation[], inserting: boolean): Document {
  const id = document.get('_id');
  let result = document;
  for (const { path, parts, change, creates, onInsert } of operations) {
    if (onInsert && !inserting) continue;
    result = withChange(result, parts, creates, (current) => change(current, { id, path }));
  }
  return result;
}

/**
 * The document with the value at the path changed; the same one when nothing changes.
 * @param creates whether documents are made on the way; else a path that leads nowhere changes nothing
 * @throws CommandError 28 when the path cannot be made through a value that is there
 */
export function withChange(
  document: Document,
  parts: readonly string[],
  creates: boolean,
  change: (current: Value | undefined) => ReturnType<ValueChange>,
  index = 0,
): Document {
  const name = parts[index] ?? '';
  const current = document.get(name);
  let next: Value | undefined;
  if (index === parts.length - 1) next = change(current);
  else if (isDocument(current) || (current === undefined && creates))
    next = withChange(current ?? new Map<string, Value>(), parts, creates, change, index + 1);
  else if (creates)
    throw new CommandError(
      'PathNotViable',
      `Cannot create field '${parts[index + 1] ?? ''}' in element {${name}: ${valueText(current ?? null)}}`,
    );
  else return document;
  if (next === current) return document;
  const result = new Map(document);
  if (next === undefined) result.delete(name);
  else result.set(name, next);
  return result;
}
