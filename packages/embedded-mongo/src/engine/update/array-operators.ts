import { compareValues, equalValues } from '../../bson/compare.js';
import { integerOf } from '../../bson/numbers.js';
import {
  RegexValue,
  documentOf,
  isDocument,
  isNumber,
  type Document,
  type Value,
  isArray,
} from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { matches } from '../filter/match.js';
import { parseFilter } from '../filter/parse.js';
import { isOperatorDocument, typeName } from '../filter/tests.js';
import { parseSort, sortKeyOf } from '../sort.js';
import { valueText } from '../value-text.js';
import { copyValue } from './copy.js';
import { KEEP, type Subject, type ValueChange } from './operators.js';

const NOTHING: Document = new Map();
const bad = (message: string): CommandError => new CommandError('BadValue', message);

function arrayOrNew(current: Value | undefined, subject: Subject): Value[] {
  if (current === undefined) return [];
  if (isArray(current)) return current;
  throw bad(
    `The field '${subject.path}' must be an array but is of type ${typeName(current)} in document {_id: ${valueText(subject.id ?? null)}}`,
  );
}

interface PushPlan {
  readonly values: readonly Value[];
  readonly position: number | undefined;
  readonly slice: number | undefined;
  readonly compare: ((a: Value, b: Value) => number) | undefined;
}

/** `$push` with its modifiers: insert at the position, then sort, then slice. */
export function pushChange(operand: Value): ValueChange {
  const plan =
    isDocument(operand) && operand.has('$each')
      ? pushPlan(operand)
      : { values: [operand], position: undefined, slice: undefined, compare: undefined };
  return (current, subject) => {
    const array = [...arrayOrNew(current, subject)];
    const at =
      plan.position === undefined
        ? array.length
        : plan.position < 0
          ? Math.max(array.length + plan.position, 0)
          : Math.min(plan.position, array.length);
    array.splice(at, 0, ...plan.values.map(copyValue));
    if (plan.compare) array.sort(plan.compare);
    if (plan.slice === undefined) return array;
    return plan.slice < 0 ? array.slice(Math.max(array.length + plan.slice, 0)) : array.slice(0, plan.slice);
  };
}

function pushPlan(clauses: Document): PushPlan {
  let plan: PushPlan = { values: [], position: undefined, slice: undefined, compare: undefined };
  for (const [name, value] of clauses) {
    if (name === '$each') {
      if (!isArray(value))
        throw bad(`The argument to $each in $push must be an array but it was of type: ${typeName(value)}`);
      plan = { ...plan, values: value };
    } else if (name === '$position') plan = { ...plan, position: integerClause(name, value) };
    else if (name === '$slice') plan = { ...plan, slice: integerClause(name, value) };
    else if (name === '$sort') plan = { ...plan, compare: elementOrder(value) };
    else throw bad(`Unrecognized clause in $push: ${name}`);
  }
  return plan;
}

function integerClause(name: string, value: Value): number {
  const integer = integerOf(value);
  if (integer === undefined)
    throw bad(`The value for ${name} must be an integer value but was given type: ${typeName(value)}`);
  return integer;
}

function elementOrder(value: Value): (a: Value, b: Value) => number {
  if (isNumber(value)) {
    const direction = integerOf(value);
    if (direction !== 1 && direction !== -1) throw bad('The $sort element value must be either 1 or -1');
    return (a, b) => compareValues(a, b) * direction;
  }
  if (!isDocument(value))
    throw bad(
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
  if (value.size === 0) throw bad('The $sort pattern is empty when it should be a set of fields.');
  const fields = parseSort(value);
  // Elements that are no documents have none of the fields.
  const key = (element: Value): Buffer => sortKeyOf(isDocument(element) ? element : NOTHING, fields);
  return (a, b) => Buffer.compare(key(a), key(b));
}

export function addToSetChange(operand: Value): ValueChange {
  const values = isDocument(operand) && operand.has('$each') ? eachOf(operand) : [operand];
  return (current, subject) => {
    const array = [...arrayOrNew(current, subject)];
    for (const value of values)
      if (!array.some((element) => equalValues(element, value))) array.push(copyValue(value));
    return current !== undefined && array.length === (current as Value[]).length ? KEEP : array;
  };
}

function eachOf(operand: Document): Value[] {
  const each = operand.get('$each');
  if (operand.size !== 1)
    throw bad(`Found unexpected fields after $each in $addToSet: ${valueText(operand)}`);
  if (!isArray(each))
    throw new CommandError(
      'TypeMismatch',
      `The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`,
    );
  return each;
}

/** `$pull`: a document is a filter on elements that are documents, operators and expressions test elements, the rest is equality. */
export function pullChange(operand: Value): ValueChange {
  return removing(pullTest(operand), '$pull');
}

function pullTest(operand: Value): (element: Value) => boolean {
  if (operand instanceof RegexValue || isOperatorDocument(operand)) {
    const [first] = isDocument(operand) ? operand.keys() : [];
    if (first === '$and' || first === '$or' || first === '$nor') {
      const node = parseFilter(operand as Document);
      return (element) => isDocument(element) && matches(node, element);
    }
    const node = parseFilter(documentOf({ '': operand }));
    return (element) => matches(node, documentOf({ '': element }));
  }
  if (isDocument(operand)) {
    const node = parseFilter(operand);
    return (element) => isDocument(element) && matches(node, element);
  }
  return (element) => equalValues(element, operand);
}

export function pullAllChange(operand: Value): ValueChange {
  if (!isArray(operand))
    throw bad(`$pullAll requires an array argument but was given a ${typeName(operand)}`);
  return removing((element) => operand.some((value) => equalValues(value, element)), '$pullAll');
}

function removing(test: (element: Value) => boolean, operator: string): ValueChange {
  return (current) => {
    if (current === undefined) return KEEP;
    if (!isArray(current)) throw bad(`Cannot apply ${operator} to a non-array value`);
    const kept = current.filter((element) => !test(element));
    return kept.length === current.length ? KEEP : kept;
  };
}
