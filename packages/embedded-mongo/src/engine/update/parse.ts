import { typeName } from '../../bson/types.js';
import { compareText } from '../../bson/compare.js';
import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/tests.js';
import { pathParts } from '../path.js';
import { valueText } from '../value-text.js';
import { UPDATE_OPERATORS, type ValueChange } from './operators.js';

/** One change of one path. */
export interface UpdateOperation {
  readonly path: string;
  readonly parts: readonly string[];
  readonly change: ValueChange;
  /** Whether a missing path is made. */
  readonly creates: boolean;
  readonly onInsert: boolean;
}

export type Update =
  | { readonly kind: 'replacement'; readonly document: Document }
  | { readonly kind: 'operators'; readonly operations: readonly UpdateOperation[] };

const failed = (message: string): CommandError => new CommandError('FailedToParse', message);

/** Understands an update completely before anything is written. @throws CommandError 9, 40, 52… as MongoDB, 115 outside the subset */
export function parseUpdate(update: Value | undefined): Update {
  if (isArray(update)) throw unsupported('updates with an aggregation pipeline');
  if (!isDocument(update)) throw failed('Update argument must be either an object or an array');
  if (!isOperatorDocument(update)) return { kind: 'replacement', document: replacementOf(update) };
  const operations = [...update]
    .flatMap(([operator, fields]) => operationsOf(operator, fields))
    .sort((a, b) => comparePaths(a.parts, b.parts));
  assertNoConflict(operations);
  return { kind: 'operators', operations };
}

function replacementOf(document: Document): Document {
  for (const name of document.keys())
    if (name.startsWith('$'))
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document.`,
      );
  return document;
}

function operationsOf(operator: string, fields: Value): UpdateOperation[] {
  if (!operator.startsWith('$'))
    throw failed(
      `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
    );
  const known = Object.hasOwn(UPDATE_OPERATORS, operator) ? UPDATE_OPERATORS[operator] : undefined;
  if (!known) throw unsupported(`the update operator ${operator}`);
  if (!isDocument(fields))
    throw failed(
      `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${valueText(fields)}}`,
    );
  return [...fields].map(([path, operand]) => ({
    path,
    parts: updateParts(path),
    change: known.changeOf(operand, path),
    creates: known.creates,
    onInsert: known.onInsert ?? false,
  }));
}

function updateParts(path: string): string[] {
  const parts = pathParts(path);
  if (parts.includes('')) {
    const detail =
      path === ''
        ? 'An empty update path is not valid.'
        : `The update path '${path}' contains an empty field name, which is not allowed.`;
    throw new CommandError(56, detail);
  }
  const dollar = parts.find((part) => part.startsWith('$'));
  if (dollar === '$' || dollar?.startsWith('$['))
    throw unsupported(`the positional '${dollar}' in '${path}'`);
  if (dollar !== undefined)
    throw new CommandError(
      'DollarPrefixedFieldName',
      `The dollar ($) prefixed field '${dollar}' in '${path}' is not valid for storage.`,
    );
  return parts;
}

/** Order in which MongoDB visits the fields of an update: by name, a path before those that go on from it. */
function comparePaths(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = compareText(left[index] ?? '', right[index] ?? '');
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** @param sorted in which a path stands beside the first of those that go on from it @throws CommandError 40 for one that goes on from another, or is it */
function assertNoConflict(sorted: readonly UpdateOperation[]): void {
  for (const [index, { path }] of sorted.entries()) {
    const next = sorted[index + 1]?.path;
    if (next === path || next?.startsWith(`${path}.`))
      throw new CommandError(
        'ConflictingUpdateOperators',
        `Updating the path '${next}' would create a conflict at '${path}'`,
      );
  }
}
