import { compareValues, keyOf } from '../../bson/key.js';
import { isTruthy } from '../../bson/numbers.js';
import { isArray, isDocument, typeOrder, type Document, type Value } from '../../bson/values.js';
import { badValue, known, unsupported } from '../../errors.js';
import { pathParts, visitPath } from '../path.js';
import type { ComparisonOperator, Condition, Filter, PlannerHint } from './filter.js';

type Parse = (path: string, operand: Value) => Filter;

function and(children: readonly Filter[]): Filter {
  const [only] = children;
  // Each element of a long array may be asked, with every turn.
  if (only !== undefined && children.length === 1) return only;
  const required: Condition[] = [];
  for (const child of children) required.push(...child.required);
  return {
    matches: (document) => children.every((child) => child.matches(document)),
    required,
    isComplete: children.every((child) => child.isComplete),
  };
}
const not = (child: Filter): Filter => ({
  matches: (document) => !child.matches(document),
  required: [],
  isComplete: false,
});
const compare =
  (operator: ComparisonOperator): Parse =>
  (path, operand) =>
    condition(path, comparisonTest(operator, operand), { operator, operand });
const equal = compare('$eq');
const exists = (path: string): Filter =>
  condition(path, (value) => value !== undefined, { operator: '$exists' }, true);

/** The operators there are on a field. */
export const FIELD_OPERATORS: Readonly<Record<string, Parse>> = {
  $ne: (path, operand) => not(equal(path, operand)),
  $gt: compare('$gt'),
  $gte: compare('$gte'),
  $lt: compare('$lt'),
  $lte: compare('$lte'),
  $in: parseIn,
  $exists: (path, operand) => (isTruthy(operand) ? exists(path) : not(exists(path))),
  $not: (path, operand) => not(parseNot(path, operand)),
  $elemMatch: parseElemMatch,
};

/** The operators there are between conditions. */
export const FILTER_OPERATORS: Readonly<Record<string, (operand: Value) => Filter>> = { $or: parseOr };

/**
 * Understands a query filter completely before any document is looked at.
 * @throws CommandError 2 for what MongoDB refuses, 115 for what is outside the subset
 */
export function parseFilter(filter: Document): Filter {
  return and(
    [...filter].map(([name, value]) => {
      if (!name.startsWith('$')) return parseField(name, value);
      return known(FILTER_OPERATORS, 'query operator', name)(value);
    }),
  );
}

/** The conditions of `{path: value}`. */
export function parseField(path: string, value: Value): Filter {
  return isDocument(value) && isOperatorDocument(value) ? parseOperators(path, value) : equal(path, value);
}

/** The operators of one field, such as `{$gte: 1, $lt: 5}`. */
function parseOperators(path: string, operators: Document): Filter {
  return and(
    [...operators].map(([name, operand]) => {
      if (!name.startsWith('$')) throw badValue(`unknown operator: ${name}`);
      return known(FIELD_OPERATORS, 'query operator', name)(path, operand);
    }),
  );
}

function parseOr(operand: Value): Filter {
  if (!isArray(operand) || operand.length === 0) throw badValue('$or must be a nonempty array');
  const children = operand.map((entry) => {
    if (!isDocument(entry)) throw badValue('$or entries need to be full objects');
    return parseFilter(entry);
  });
  return {
    matches: (document) => children.some((child) => child.matches(document)),
    required: [],
    isComplete: false,
  };
}

/** @param wholeLeaf whether an array at the end of the path is given as a whole only, its elements not tried */
function condition(path: string, test: Condition['test'], hint?: PlannerHint, wholeLeaf = false): Filter {
  const parts = pathParts(path);
  const [name = ''] = parts;
  const visit: Filter['matches'] = (document) => visitPath(document, parts, wholeLeaf, test);
  const look: Filter['matches'] = (document) => {
    const value = document.get(name);
    return isArray(value) ? visit(document) : test(value);
  };
  const matches = parts.length === 1 ? look : visit;
  return { matches, required: [{ path, parts, test, matches, hint }], isComplete: true };
}

function parseIn(path: string, operand: Value): Filter {
  if (!isArray(operand)) throw badValue('$in needs an array');
  if (operand.some(isOperatorDocument)) throw badValue('cannot nest $ under $in');
  return condition(path, inTest(operand), { operator: '$in', operands: operand });
}

function parseNot(path: string, operand: Value): Filter {
  if (!isDocument(operand) || operand.size === 0) throw badValue('$not needs operators');
  return parseOperators(path, operand);
}

/** A filter that one of the array's documents must satisfy. */
function parseElemMatch(path: string, operand: Value): Filter {
  if (!isDocument(operand)) throw badValue('$elemMatch needs an Object');
  const [first = ''] = operand.keys();
  if (Object.hasOwn(FIELD_OPERATORS, first)) throw unsupported('$elemMatch of values that are no documents');
  const node = parseFilter(operand);
  const test = (array: Value | undefined): boolean =>
    isArray(array) &&
    array.some((element) => {
      if (isArray(element)) throw unsupported('$elemMatch of arrays in arrays');
      return isDocument(element) && node.matches(element);
    });
  return condition(path, test, undefined, true);
}

const PASSES: Readonly<Record<ComparisonOperator, (difference: number) => boolean>> = {
  $eq: (difference) => difference === 0,
  $gt: (difference) => difference > 0,
  $gte: (difference) => difference >= 0,
  $lt: (difference) => difference < 0,
  $lte: (difference) => difference <= 0,
};

/** Comparison within one type only ("type bracketing"); null also stands for a missing field, NaN is only equal to itself. */
function comparisonTest(operator: ComparisonOperator, operand: Value): Condition['test'] {
  const passes = PASSES[operator];
  if (operand === null) return (value) => passes(0) && (value === undefined || value === null);
  if (Number.isNaN(operand)) return (value) => passes(0) && Number.isNaN(value);
  // Of long arrays of ids each is looked at, with every turn.
  if (operator === '$eq' && typeof operand === 'string') return (value) => value === operand;
  const order = typeOrder(operand);
  return (value) =>
    value !== undefined &&
    typeOrder(value) === order &&
    !Number.isNaN(value) &&
    passes(compareValues(value, operand));
}

/** Membership. */
function inTest(values: readonly Value[]): Condition['test'] {
  const keys = new Set(values.map(textOf));
  const matchesMissing = values.includes(null);
  return (value) => (value === undefined ? matchesMissing : keys.has(textOf(value)));
}

/** Equal for equal values: no type's key begins with an s. */
function textOf(value: Value): string {
  return typeof value === 'string' ? `s${value}` : keyOf(value).toString('latin1');
}

/** Whether a document is an operator expression: its first field name begins with `$`. */
export function isOperatorDocument(value: Value): boolean {
  if (!isDocument(value)) return false;
  const [first] = value.keys();
  return first?.startsWith('$') ?? false;
}
