import { isTruthy } from '../../bson/numbers.js';
import { RegexValue, isDocument, type Document, type Value, isArray } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { splitPath } from '../path.js';
import { compileRegex } from '../regex.js';
import { matches, matchesValue } from './match.js';
import type { Condition, FilterNode, PlannerHint } from './node.js';
import {
  comparisonTest,
  inTest,
  isOperatorDocument,
  modTest,
  regexTest,
  sizeTest,
  typeTest,
} from './tests.js';

const bad = (message: string): CommandError => new CommandError('BadValue', message);
const and = (children: FilterNode[]): FilterNode =>
  children.length === 1 && children[0] ? children[0] : { kind: 'and', children };
const not = (child: FilterNode): FilterNode => ({ kind: 'not', child });

/**
 * Understands a query filter completely before any document is looked at.
 * @throws CommandError 2 for what MongoDB refuses, 115 for what is outside the subset
 */
export function parseFilter(filter: Document): FilterNode {
  const children: FilterNode[] = [];
  for (const [name, value] of filter) {
    if (!name.startsWith('$')) children.push(parseField(name, value));
    else if (name === '$and' || name === '$or' || name === '$nor') children.push(parseJunction(name, value));
    else if (name !== '$comment') throw unsupported(`the query operator ${name}`);
  }
  return and(children);
}

function parseJunction(name: '$and' | '$or' | '$nor', value: Value): FilterNode {
  if (!isArray(value)) throw bad(`${name} must be an array`);
  if (value.length === 0) throw bad('$and/$or/$nor must be a nonempty array');
  const children = value.map((entry) => {
    if (!isDocument(entry)) throw bad('$or/$and/$nor entries need to be full objects');
    return parseFilter(entry);
  });
  return { kind: name === '$and' ? 'and' : name === '$or' ? 'or' : 'nor', children };
}

function parseField(path: string, value: Value): FilterNode {
  if (value instanceof RegexValue) return regexCondition(path, value);
  if (isDocument(value) && isOperatorDocument(value)) return parseOperators(path, value);
  return comparison(path, '$eq', value);
}

function condition(
  path: string,
  test: Condition['test'],
  options: { hint?: PlannerHint; wholeLeaf?: boolean } = {},
): Condition {
  return {
    kind: 'condition',
    path,
    parts: splitPath(path),
    wholeLeaf: options.wholeLeaf ?? false,
    test,
    hint: options.hint,
  };
}

function comparison(
  path: string,
  operator: '$eq' | '$gt' | '$gte' | '$lt' | '$lte',
  operand: Value,
): Condition {
  return condition(path, comparisonTest(operator, operand), { hint: { operator, operand } });
}

function regexCondition(path: string, source: RegexValue): Condition {
  return condition(path, regexTest(compileRegex(source.pattern, source.options), source));
}

/** The operators of one field, such as `{$gte: 1, $lt: 5}`; with an empty path those of an array element. */
function parseOperators(path: string, operators: Document): FilterNode {
  const children: FilterNode[] = [];
  for (const [name, value] of operators) {
    if (name === '$options') {
      if (!operators.has('$regex')) throw bad('$options needs a $regex');
    } else if (name === '$regex')
      children.push(regexCondition(path, regexOf(value, operators.get('$options'))));
    else children.push(parseOperator(path, name, value));
  }
  return and(children);
}

function parseOperator(path: string, name: string, value: Value): FilterNode {
  switch (name) {
    case '$eq':
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return comparison(path, name, value);
    case '$ne':
      if (value instanceof RegexValue) throw bad("Can't have regex as arg to $ne.");
      return not(comparison(path, '$eq', value));
    case '$in':
      return parseIn(path, name, value);
    case '$nin':
      return not(parseIn(path, name, value));
    case '$exists':
      return isTruthy(value) ? exists(path) : not(exists(path));
    case '$type':
      return condition(path, typeTest(value));
    case '$mod':
      return condition(path, modTest(value));
    case '$size':
      return condition(path, sizeTest(value), { wholeLeaf: true });
    case '$not':
      return not(parseNot(path, value));
    case '$all':
      return parseAll(path, value);
    case '$elemMatch':
      return parseElemMatch(path, value);
    default:
      if (!name.startsWith('$')) throw bad(`unknown operator: ${name}`);
      throw unsupported(`the query operator ${name}`);
  }
}

const exists = (path: string): Condition =>
  condition(path, (value) => value !== undefined, { hint: { operator: '$exists' }, wholeLeaf: true });

function parseIn(path: string, name: string, value: Value, literal = false): Condition {
  if (!isArray(value)) throw bad(`${name} needs an array`);
  const operands = value.filter((operand) => !(operand instanceof RegexValue));
  if (!literal && operands.some(isOperatorDocument)) throw bad(`cannot nest $ under ${name}`);
  const regexes = value
    .filter((operand) => operand instanceof RegexValue)
    .map((regex) => regexTest(compileRegex(regex.pattern, regex.options), regex));
  return condition(
    path,
    inTest(operands, regexes),
    regexes.length > 0 ? {} : { hint: { operator: '$in', operands } },
  );
}

function parseNot(path: string, value: Value): FilterNode {
  if (value instanceof RegexValue) return regexCondition(path, value);
  if (!isDocument(value)) throw bad('$not needs a regex or a document');
  if (value.size === 0) throw bad('$not cannot be empty');
  if (!isOperatorDocument(value)) throw bad(`unknown operator: ${[...value.keys()][0] ?? ''}`);
  return parseOperators(path, value);
}

function parseAll(path: string, value: Value): FilterNode {
  if (!isArray(value)) throw bad('$all needs an array');
  if (value.length === 0) return { kind: 'or', children: [] };
  const elemMatches = value.filter((operand) => isDocument(operand) && operand.has('$elemMatch')).length;
  if (elemMatches > 0 && elemMatches < value.length) throw bad('$all/$elemMatch has to be consistent');
  return and(
    value.map((operand) => {
      if (operand instanceof RegexValue) return regexCondition(path, operand);
      if (isDocument(operand) && isOperatorDocument(operand)) {
        if (elemMatches === 0 || operand.size !== 1) throw bad('no $ expressions in $all');
        return parseElemMatch(path, operand.get('$elemMatch') ?? null);
      }
      return comparison(path, '$eq', operand);
    }),
  );
}

function parseElemMatch(path: string, value: Value): Condition {
  const matchesOne = parseElementTest(value);
  const test: Condition['test'] = (array, position) => {
    if (!isArray(array)) return false;
    const index = array.findIndex((element) => matchesOne(element));
    if (position) position.offset = index;
    return index >= 0;
  };
  return condition(path, test, { wholeLeaf: true });
}

/** The test `$elemMatch` makes of each element: operators look at the element itself, fields look into it. */
export function parseElementTest(value: Value): (element: Value) => boolean {
  if (!isDocument(value)) throw bad('$elemMatch needs an Object');
  const [first] = value.keys();
  const onValues = isOperatorDocument(value) && first !== '$and' && first !== '$or' && first !== '$nor';
  const node = onValues ? parseOperators('', value) : parseFilter(value);
  return (element) => (onValues ? matchesValue(node, element) : matchesElement(node, element));
}

/** A nested array is looked at as a document whose field names are its indexes. */
function matchesElement(node: FilterNode, element: Value): boolean {
  if (isDocument(element)) return matches(node, element);
  if (!isArray(element)) return false;
  return matches(node, new Map(element.map((value, index) => [String(index), value])));
}

function regexOf(value: Value, options: Value | undefined): RegexValue {
  if (options !== undefined && typeof options !== 'string') throw bad('$options has to be a string');
  if (typeof value === 'string') return new RegexValue(value, options ?? '');
  if (!(value instanceof RegexValue)) throw bad('$regex has to be a string');
  if (options !== undefined && value.options !== '')
    throw new CommandError(51075, 'options set in both $regex and $options');
  return new RegexValue(value.pattern, options ?? value.options);
}

/** A filter for documents whose value at the path equals one of the values. */
export function equalityFilter(path: string, values: readonly Value[]): FilterNode {
  return parseIn(path, '$in', [...values], true);
}
