import { typeName } from '../../bson/types.js';
import { compareValues, equalValues } from '../../bson/compare.js';
import { add } from '../../bson/numbers.js';
import { documentOf, isArray, isDocument, isNumber, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { matches } from '../filter/match.js';
import { parseField, parseFilter } from '../filter/parse.js';
import { isOperatorDocument } from '../filter/tests.js';
import { valueText } from '../value-text.js';

/** What an operator needs to know about the document it works on, for its error texts. */
export interface Subject {
  readonly id: Value | undefined;
  readonly path: string;
}

/** The new value for the current one; `undefined` is a missing field. Values are shared between documents and never changed. */
export type ValueChange = (current: Value | undefined, subject: Subject) => Value | undefined;

/** One update operator, as it understands its operand. */
interface UpdateOperator {
  /** @throws CommandError for an operand that it cannot use */
  readonly changeOf: (operand: Value, path: string) => ValueChange;
  /** Whether a missing path is made; removing operators leave it missing. */
  readonly creates: boolean;
  /** Whether it applies to documents that an upsert inserts, and no others. */
  readonly onInsert?: boolean;
}

const bad = (message: string): CommandError => new CommandError('BadValue', message);

/** The update operators there are. */
export const UPDATE_OPERATORS: Readonly<Record<string, UpdateOperator>> = {
  $set: { changeOf: (operand) => () => operand, creates: true },
  $setOnInsert: { changeOf: (operand) => () => operand, creates: true, onInsert: true },
  $unset: { changeOf: () => () => undefined, creates: false },
  $inc: { changeOf: incrementOf, creates: true },
  $max: { changeOf: maximumOf, creates: true },
  $push: { changeOf: pushOf, creates: true },
  $addToSet: { changeOf: additionOf, creates: true },
  $pull: { changeOf: removalOf, creates: false },
};

function incrementOf(operand: Value, path: string): ValueChange {
  if (!isNumber(operand))
    throw new CommandError(
      'TypeMismatch',
      `Cannot increment with non-numeric argument: {${path}: ${valueText(operand)}}`,
    );
  return (current, { id }) => {
    if (current === undefined) return operand;
    if (isNumber(current)) return add(current, operand);
    throw new CommandError(
      'TypeMismatch',
      `Cannot apply $inc to a value of non-numeric type. {_id: ${valueText(id ?? null)}} has the field '${path.split('.').at(-1) ?? ''}' of non-numeric type ${typeName(current)}`,
    );
  };
}

function maximumOf(operand: Value): ValueChange {
  return (current) => (current === undefined || compareValues(operand, current) > 0 ? operand : current);
}

function pushOf(operand: Value): ValueChange {
  assertPlain('$push', operand);
  return (current, subject) => [...arrayOrNew(current, subject), operand];
}

function additionOf(operand: Value): ValueChange {
  assertPlain('$addToSet', operand);
  return (current, subject) => {
    const array = arrayOrNew(current, subject);
    if (current !== undefined && array.some((element) => equalValues(element, operand))) return current;
    return [...array, operand];
  };
}

/** @throws CommandError 115 for a modifier, such as `$each` */
function assertPlain(operator: string, operand: Value): void {
  if (isDocument(operand) && operand.has('$each')) throw unsupported(`$each of ${operator}`);
}

function arrayOrNew(current: Value | undefined, { id, path }: Subject): readonly Value[] {
  if (current === undefined) return [];
  if (isArray(current)) return current;
  throw bad(
    `The field '${path}' must be an array but is of type ${typeName(current)} in document {_id: ${valueText(id ?? null)}}`,
  );
}

function removalOf(operand: Value): ValueChange {
  const goes = elementTest(operand);
  return (current) => {
    if (current === undefined) return undefined;
    if (!isArray(current)) throw bad('Cannot apply $pull to a non-array value');
    const kept = current.filter((element) => !goes(element));
    return kept.length === current.length ? current : kept;
  };
}

/** A document is a filter on elements that are documents, operators test elements, the rest is equality. */
function elementTest(operand: Value): (element: Value) => boolean {
  if (!isDocument(operand)) return (element) => equalValues(element, operand);
  const [first] = operand.keys();
  if (isOperatorDocument(operand) && first !== '$or') {
    const node = parseField('', operand);
    return (element) => matches(node, documentOf({ '': element }));
  }
  const node = parseFilter(operand);
  return (element) => isDocument(element) && matches(node, element);
}
