import { compareValues, equalValues } from '../../bson/key.js';
import { add } from '../../bson/numbers.js';
import { documentOf, isArray, isDocument, isNumber, type Value } from '../../bson/values.js';
import { CommandError, badValue, unsupported } from '../../errors.js';
import { isOperatorDocument, parseField, parseFilter } from '../filter/parse.js';

/**
 * The new value for the current one; `undefined` is a missing field. Values are shared between documents and never changed.
 * @throws CommandError for a current value that it cannot work on
 */
export type ValueChange = (current: Value | undefined) => Value | undefined;

/** One update operator, as it understands its operand. */
export interface UpdateOperator {
  /** @throws CommandError for an operand that it cannot use */
  readonly changeOf: (operand: Value, path: string) => ValueChange;
  /** Whether a missing path is made; removing operators leave it missing. */
  readonly creates: boolean;
  /** Whether it applies to documents that an upsert inserts, and no others. */
  readonly onInsert?: boolean;
}

/** The update operators there are. */
export const UPDATE_OPERATORS: Readonly<Record<string, UpdateOperator>> = {
  $set: { changeOf: (operand) => () => operand, creates: true },
  $setOnInsert: { changeOf: (operand) => () => operand, creates: true, onInsert: true },
  $unset: { changeOf: () => () => undefined, creates: false },
  $inc: { changeOf: incrementOf, creates: true },
  $max: { changeOf: maximumOf, creates: true },
  $push: { changeOf: pushOf, creates: true },
  $pull: { changeOf: removalOf, creates: false },
};

function incrementOf(operand: Value, path: string): ValueChange {
  const wrong = (what: string): CommandError =>
    new CommandError('TypeMismatch', `Cannot increment '${path}': ${what} is not numeric`);
  if (!isNumber(operand)) throw wrong('the operand');
  return (current) => {
    if (current === undefined) return operand;
    if (isNumber(current)) return add(current, operand);
    throw wrong('its value');
  };
}

function maximumOf(operand: Value): ValueChange {
  return (current) => (current === undefined || compareValues(operand, current) > 0 ? operand : current);
}

function pushOf(operand: Value, path: string): ValueChange {
  if (isDocument(operand) && operand.has('$each')) throw unsupported('$each of $push');
  return (current) => [...arrayOf(current, path), operand];
}

/** A new one where the field is missing. */
function arrayOf(current: Value | undefined, path: string): readonly Value[] {
  if (current === undefined) return [];
  if (isArray(current)) return current;
  throw badValue(`The field '${path}' must be an array`);
}

function removalOf(operand: Value, path: string): ValueChange {
  const goes = elementTest(operand);
  return (current) => {
    const array = arrayOf(current, path);
    const kept = array.filter((element) => !goes(element));
    return kept.length === array.length ? current : kept;
  };
}

/** A document is a filter on elements that are documents, operators test elements, the rest is equality. */
function elementTest(operand: Value): (element: Value) => boolean {
  if (!isDocument(operand)) return (element) => equalValues(element, operand);
  const [first] = operand.keys();
  if (isOperatorDocument(operand) && first !== '$or') {
    const node = parseField('element', operand);
    return (element) => node.matches(documentOf({ element }));
  }
  const node = parseFilter(operand);
  return (element) => isDocument(element) && node.matches(element);
}
