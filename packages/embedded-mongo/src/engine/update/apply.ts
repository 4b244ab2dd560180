import { compareValues } from '../../bson/compare.js';
import { encodeValue } from '../../bson/encode.js';
import { isDocument, type Document, type Value, isArray } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import type { Positions } from '../filter/match.js';
import { arrayIndexOf } from '../path.js';
import { valueText } from '../value-text.js';
import { copyValue } from './copy.js';
import { KEEP } from './operators.js';
import type { ArrayFilters, Update, UpdateOperation } from './parse.js';
import { assertNoConflict, openSlot } from './paths.js';

export interface UpdateContext {
  /** Where array conditions of the filter matched. */
  readonly positions: Positions;
  /** Whether the document is being inserted by an upsert; `$setOnInsert` applies then only. */
  readonly inserting: boolean;
}

/**
 * The document after the update; the given one is not changed.
 * @throws CommandError 66 when `_id` would change, others as MongoDB
 */
export function applyUpdate(document: Document, update: Update, context: UpdateContext): Document {
  const result =
    update.kind === 'replacement' ? replace(document, update.document) : operate(document, update, context);
  const [before, after] = [document.get('_id'), result.get('_id')];
  if (before !== undefined && (after === undefined || !encodeValue(before).equals(encodeValue(after)))) {
    if (update.kind === 'operators')
      throw new CommandError(
        'ImmutableField',
        "Performing an update on the path '_id' would modify the immutable field '_id'",
      );
    throw new CommandError(
      'ImmutableField',
      `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${valueText(after ?? null)}`,
    );
  }
  return idFirst(result);
}

function replace(document: Document, replacement: Document): Document {
  const id = document.get('_id');
  const given = replacement.get('_id');
  const result = new Map(replacement);
  // An equal id of another numeric type leaves the stored one as it is.
  if (id !== undefined && (given === undefined || compareValues(id, given) === 0)) result.set('_id', id);
  return result;
}

/** `_id` is always the first field of a stored document. */
export function idFirst(document: Document): Document {
  const [first] = document.keys();
  const id = document.get('_id');
  return first === '_id' || id === undefined ? document : new Map([['_id', id], ...document]);
}

function operate(
  document: Document,
  update: Extract<Update, { kind: 'operators' }>,
  context: UpdateContext,
): Document {
  const result = copyValue(document) as Document;
  const concrete: { operation: UpdateOperation; parts: string[] }[] = [];
  for (const operation of update.operations) {
    if (operation.operator === '$setOnInsert' && !context.inserting) continue;
    for (const parts of expandPath(result, operation, update.arrayFilters, context.positions))
      concrete.push({ operation, parts });
  }
  if (update.operations.some(({ path }) => path.includes('$')))
    assertNoConflict(concrete.map(({ parts }) => parts));
  const id = document.get('_id');
  for (const { operation, parts } of concrete) applyOperation(result, operation, parts, id);
  return result;
}

function applyOperation(
  root: Document,
  operation: UpdateOperation,
  parts: string[],
  id: Value | undefined,
): void {
  if (operation.operator === '$rename') return rename(root, parts, operation.target ?? []);
  const existing = openSlot(root, parts, false);
  if (!operation.change) {
    existing?.unset();
    return;
  }
  const changed = operation.change(existing?.get(), { id, path: parts.join('.') });
  if (changed === KEEP) return;
  if (existing?.get() === undefined && !operation.creates) return;
  openSlot(root, parts, true)?.set(changed);
}

function rename(root: Document, from: string[], to: readonly string[]): void {
  assertNoArrays(root, from, 'source');
  const source = openSlot(root, from, false);
  const value = source?.get();
  if (!source || value === undefined) return;
  assertNoArrays(root, to, 'destination');
  const target = openSlot(root, to, true);
  source.unset();
  target?.unset();
  target?.set(value);
}

function assertNoArrays(root: Document, parts: readonly string[], what: string): void {
  let value: Value | undefined = root;
  for (const part of parts) {
    if (isArray(value)) {
      throw new CommandError(
        'BadValue',
        `The ${what} field cannot be an array element, '${parts.join('.')}' in doc with _id: ${valueText(root.get('_id') ?? null)} has an array field`,
      );
    }
    value = isDocument(value) ? value.get(part) : undefined;
  }
}

/** The concrete paths that `$`, `$[]` and `$[identifier]` stand for in this document. */
function expandPath(
  root: Document,
  operation: UpdateOperation,
  filters: ArrayFilters,
  positions: Positions,
): string[][] {
  if (!operation.path.includes('$')) return [[...operation.parts]];
  let expanded: { parts: string[]; value: Value | undefined }[] = [{ parts: [], value: root }];
  for (const part of operation.parts) {
    expanded = expanded.flatMap(({ parts, value }) => {
      if (part === '$') return [step(parts, value, String(positionOf(parts, positions)))];
      if (!part.startsWith('$[')) return [step(parts, value, part)];
      if (value === undefined)
        throw new CommandError(
          'BadValue',
          `The path '${parts.join('.')}' must exist in the document in order to apply array updates.`,
        );
      if (!isArray(value))
        throw new CommandError(
          'BadValue',
          `Cannot apply array updates to non-array element ${parts.at(-1) ?? ''}: ${valueText(value)}`,
        );
      const test = part === '$[]' ? undefined : filters.get(part.slice(2, -1));
      return value.flatMap((element, index) =>
        test && !test(element) ? [] : [step(parts, value, String(index))],
      );
    });
  }
  return expanded.map(({ parts }) => parts);
}

function step(
  parts: string[],
  value: Value | undefined,
  part: string,
): { parts: string[]; value: Value | undefined } {
  const next = isDocument(value) ? value.get(part) : isArray(value) ? value[arrayIndexOf(part)] : undefined;
  return { parts: [...parts, part], value: next };
}

function positionOf(parts: readonly string[], positions: Positions): number {
  const path = parts.join('.');
  const found = positions
    .filter((position) => position.path === path || position.path.startsWith(`${path}.`))
    .at(-1);
  if (found) return found.offset;
  if (positions.length > 0)
    throw unsupported(`the positional operator on '${path}', which the query has no condition on`);
  throw new CommandError('BadValue', 'The positional operator did not find the match needed from the query.');
}
