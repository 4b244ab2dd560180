import { compareValues } from '../../bson/compare.js';
import { isTruthy } from '../../bson/numbers.js';
import { int32, isArray, isDocument, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { typeName } from '../filter/tests.js';
import { add, divide, multiply, subtract } from './arithmetic.js';
import { dateToString, dateTrunc } from './dates.js';
import type { Expression } from './evaluate.js';
import { concat, toCase } from './strings.js';

type Parse = (value: Value) => Expression;
type Operands = readonly (Value | undefined)[];

/** Operators over a list of operands, with how many they take. */
interface ListOperator {
  readonly least: number;
  readonly most: number;
  readonly apply: (operands: Operands) => Value | undefined;
}

const comparison = (test: (difference: number) => boolean): ListOperator => ({
  least: 2,
  most: 2,
  apply: ([left, right]) => test(compareOperands(left, right)),
});

/** A missing value is below null and all others. */
function compareOperands(left: Value | undefined, right: Value | undefined): number {
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return Math.sign(compareValues(left, right));
}

const LIST_OPERATORS: Record<string, ListOperator> = {
  $add: { least: 0, most: Infinity, apply: add },
  $multiply: { least: 0, most: Infinity, apply: multiply },
  $subtract: { least: 2, most: 2, apply: subtract },
  $divide: { least: 2, most: 2, apply: divide },
  $concat: { least: 0, most: Infinity, apply: concat },
  $toLower: { least: 1, most: 1, apply: ([value]) => toCase('$toLower', value) },
  $toUpper: { least: 1, most: 1, apply: ([value]) => toCase('$toUpper', value) },
  $eq: comparison((difference) => difference === 0),
  $ne: comparison((difference) => difference !== 0),
  $gt: comparison((difference) => difference > 0),
  $gte: comparison((difference) => difference >= 0),
  $lt: comparison((difference) => difference < 0),
  $lte: comparison((difference) => difference <= 0),
  $cmp: { least: 2, most: 2, apply: ([left, right]) => int32(compareOperands(left, right)) },
  $not: { least: 1, most: 1, apply: ([value]) => !isTruthy(value) },
  $size: { least: 1, most: 1, apply: ([value]) => size(value) },
};

/** Compiles `{operator: operand}`. @throws CommandError 115 for operators outside the subset */
export function parseOperator(operator: string, operand: Value, parse: Parse): Expression {
  switch (operator) {
    case '$and':
    case '$or': {
      const operands = list(operand).map(parse);
      const wanted = operator === '$or';
      return (scope) => operands.some((expression) => isTruthy(expression(scope)) === wanted) === wanted;
    }
    case '$cond':
      return parseCondition(operand, parse);
    case '$ifNull':
      return parseIfNull(operand, parse);
    case '$dateToString':
      return dateToString(operand, parse);
    case '$dateTrunc':
      return dateTrunc(operand, parse);
    default:
      return parseListOperator(operator, operand, parse);
  }
}

const list = (operand: Value): Value[] => (isArray(operand) ? operand : [operand]);

function parseListOperator(operator: string, operand: Value, parse: Parse): Expression {
  const known = Object.hasOwn(LIST_OPERATORS, operator) ? LIST_OPERATORS[operator] : undefined;
  if (!known) throw unsupported(`the expression operator ${operator}`);
  const operands = list(operand).map(parse);
  if (operands.length < known.least || operands.length > known.most) {
    throw new CommandError(
      16020,
      `Expression ${operator} takes exactly ${known.least} arguments. ${operands.length} were passed in.`,
    );
  }
  return (scope) => known.apply(operands.map((expression) => expression(scope)));
}

function parseCondition(operand: Value, parse: Parse): Expression {
  const [condition, then, otherwise] = conditionParts(operand).map(parse);
  if (!condition || !then || !otherwise)
    throw new CommandError(16020, 'Expression $cond takes exactly 3 arguments');
  return (scope) => (isTruthy(condition(scope)) ? then(scope) : otherwise(scope));
}

function conditionParts(operand: Value): Value[] {
  if (isArray(operand)) {
    if (operand.length !== 3)
      throw new CommandError(
        16020,
        `Expression $cond takes exactly 3 arguments. ${operand.length} were passed in.`,
      );
    return operand;
  }
  if (!isDocument(operand))
    throw new CommandError(16020, 'Expression $cond takes exactly 3 arguments. 1 were passed in.');
  for (const name of operand.keys())
    if (!['if', 'then', 'else'].includes(name))
      throw new CommandError(17083, `Unrecognized parameter to $cond: ${name}`);
  return ['if', 'then', 'else'].map((name, index) => {
    const part = operand.get(name);
    if (part === undefined) throw new CommandError(17080 + index, `Missing '${name}' parameter to $cond`);
    return part;
  });
}

function parseIfNull(operand: Value, parse: Parse): Expression {
  const operands = list(operand).map(parse);
  if (operands.length < 2)
    throw new CommandError(1257300, `$ifNull needs at least two arguments, had: ${operands.length}`);
  return (scope) => {
    let value: Value | undefined;
    for (const expression of operands) {
      value = expression(scope);
      if (value !== undefined && value !== null) return value;
    }
    return value;
  };
}

function size(value: Value | undefined): Value {
  if (!isArray(value))
    throw new CommandError(
      17124,
      `The argument to $size must be an array, but was of type: ${typeName(value)}`,
    );
  return int32(value.length);
}
