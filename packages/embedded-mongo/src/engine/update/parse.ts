import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError, badValue, failedToParse, known, unsupported } from '../../errors.js';
import { isOperatorDocument } from '../filter/parse.js';
import { pathParts } from '../path.js';
import { UPDATE_OPERATORS, type UpdateOperator, type ValueChange } from './operators.js';

/** One change of one path. */
export interface UpdateOperation extends Omit<UpdateOperator, 'changeOf'> {
  readonly path: string;
  readonly parts: readonly string[];
  /** By which operations are sorted: a path stands before those that go on from it. */
  readonly order: string;
  readonly change: ValueChange;
}

/** A document in the place of the other, or changes of it. */
export type Update = Document | readonly UpdateOperation[];

/** Understands an update completely before anything is written. @throws CommandError for what MongoDB refuses, 115 outside the subset */
export function parseUpdate(update: Value | undefined): Update {
  if (isArray(update)) throw unsupported('updates with an aggregation pipeline');
  if (!isDocument(update)) throw failedToParse('An update must be an object');
  if (!isOperatorDocument(update)) {
    for (const name of update.keys())
      if (name.startsWith('$')) throw badValue(`'${name}' cannot name a field of a replacement`);
    return update;
  }
  const operations: UpdateOperation[] = [];
  update.forEach((fields, operator) => addOperations(operations, operator, fields));
  // As MongoDB visits them.
  operations.sort((a, b) => (a.order < b.order ? -1 : 1));
  assertNoConflict(operations);
  return operations;
}

function addOperations(operations: UpdateOperation[], name: string, fields: Value): void {
  if (!name.startsWith('$')) throw failedToParse(`${name} stands beside update operators`);
  const operator = known(UPDATE_OPERATORS, 'update operator', name);
  if (!isDocument(fields)) throw failedToParse(`${name} needs an object of fields`);
  const { creates, onInsert } = operator;
  fields.forEach((operand, path) => {
    const parts = pathParts(path);
    const order = parts.length === 1 ? path : parts.join('\0');
    operations.push({ path, parts, order, change: operator.changeOf(operand, path), creates, onInsert });
  });
}

/** @param sorted in which a path stands beside the first of those that go on from it @throws CommandError 40 for one that goes on from another, or is it */
function assertNoConflict(sorted: readonly UpdateOperation[]): void {
  for (const [index, { path }] of sorted.entries()) {
    const next = sorted[index + 1]?.path;
    if (next === path || (next?.startsWith(path) && next[path.length] === '.'))
      throw new CommandError('ConflictingUpdateOperators', `Updating '${next}' conflicts with '${path}'`);
  }
}
