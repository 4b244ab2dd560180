import { compareValues, equalValues, typeOrder, TYPE_ORDER } from '../../bson/compare.js';
import { decimalParts } from '../../bson/decimal.js';
import { keyOf } from '../../bson/key.js';
import { integerOf } from '../../bson/numbers.js';
import {
  BinaryValue,
  DateValue,
  Decimal128,
  Int32,
  MaxKey,
  MinKey,
  ObjectIdValue,
  RegexValue,
  TimestampValue,
  isDocument,
  isNumber,
  type Value,
  isArray,
} from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import type { ComparisonOperator } from './node.js';

export type ValueTest = (value: Value | undefined) => boolean;

const isNaNValue = (value: Value): boolean =>
  typeof value === 'number'
    ? Number.isNaN(value)
    : value instanceof Decimal128 && decimalParts(value).kind === 'nan';

/** Comparison within one type only ("type bracketing"); null also stands for a missing field. */
export function comparisonTest(operator: ComparisonOperator, operand: Value): ValueTest {
  const allowsEqual = operator === '$eq' || operator === '$gte' || operator === '$lte';
  if (operand === null) return (value) => allowsEqual && (value === undefined || value === null);
  if (operator !== '$eq') {
    if (operand instanceof MinKey || operand instanceof MaxKey)
      throw unsupported(`${operator} with MinKey or MaxKey`);
    if (operand instanceof RegexValue)
      throw new CommandError('BadValue', `Can't have RegEx as arg to predicate over field ''.`);
    if (isNaNValue(operand)) return (value) => allowsEqual && value !== undefined && isNaNValue(value);
  }
  const order = typeOrder(operand);
  const compare = (value: Value | undefined): number =>
    value === undefined ||
    typeOrder(value) !== order ||
    (order === TYPE_ORDER.number && operator !== '$eq' && isNaNValue(value))
      ? NaN
      : compareValues(value, operand);
  switch (operator) {
    case '$eq':
      return (value) => compare(value) === 0;
    case '$gt':
      return (value) => compare(value) > 0;
    case '$gte':
      return (value) => compare(value) >= 0;
    case '$lt':
      return (value) => compare(value) < 0;
    case '$lte':
      return (value) => compare(value) <= 0;
  }
}

/** Membership; a long list is looked up by the values' keys. */
export function inTest(values: readonly Value[], regexes: readonly ValueTest[]): ValueTest {
  const matchesMissing = values.includes(null);
  const lookUp =
    values.length > 8 ? new Set(values.map((value) => keyOf(value).toString('latin1'))) : undefined;
  return (value) => {
    if (value === undefined) return matchesMissing;
    const found = lookUp
      ? lookUp.has(keyOf(value).toString('latin1'))
      : values.some((candidate) => equalValues(candidate, value));
    return found || regexes.some((test) => test(value));
  };
}

/** Strings that match, and stored regular expressions that are the same one. */
export function regexTest(regex: RegExp, source: RegexValue): ValueTest {
  return (value) =>
    typeof value === 'string' ? regex.test(value) : value instanceof RegexValue && equalValues(value, source);
}

const TYPE_CODES: Record<string, number> = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
};
const TYPE_NAMES = new Map(Object.entries(TYPE_CODES).map(([name, code]) => [code, name]));

/** The alias of a value's BSON type, as `$type` and error messages name it; a missing value is `missing`. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'bigint') return 'long';
  if (typeof value === 'boolean') return 'bool';
  if (isArray(value)) return 'array';
  if (value instanceof Int32) return 'int';
  if (value instanceof Decimal128) return 'decimal';
  if (value instanceof ObjectIdValue) return 'objectId';
  if (value instanceof DateValue) return 'date';
  if (value instanceof BinaryValue) return 'binData';
  if (value instanceof RegexValue) return 'regex';
  if (value instanceof TimestampValue) return 'timestamp';
  if (value instanceof MinKey) return 'minKey';
  return value instanceof MaxKey ? 'maxKey' : 'object';
}

export function typeTest(operand: Value): ValueTest {
  const wanted = new Set((isArray(operand) ? operand : [operand]).map(typeOf));
  if (wanted.size === 0) throw new CommandError('FailedToParse', ' must match at least one type');
  return (value) =>
    value !== undefined && (wanted.has(typeName(value)) || (wanted.has('number') && isNumber(value)));
}

function typeOf(operand: Value): string {
  if (typeof operand === 'string') {
    if (operand === 'number' || operand in TYPE_CODES) return operand;
    throw new CommandError('BadValue', `Unknown type name alias: ${operand}`);
  }
  const name = isNumber(operand) ? TYPE_NAMES.get(integerOf(operand) ?? NaN) : undefined;
  if (name === undefined) {
    if (isNumber(operand))
      throw new CommandError(
        'BadValue',
        `Invalid numerical type code: ${integerOf(operand) ?? 'not an integer'}`,
      );
    throw new CommandError('TypeMismatch', 'type must be represented as a number or a string');
  }
  return name;
}

/** `[divisor, remainder]` over the whole part of numbers. */
export function modTest(operand: Value): ValueTest {
  if (!isArray(operand)) throw new CommandError('BadValue', 'malformed mod, needs to be an array');
  if (operand.length < 2) throw new CommandError('BadValue', 'malformed mod, not enough elements');
  if (operand.length > 2) throw new CommandError('BadValue', 'malformed mod, too many elements');
  const [divisor, remainder] = operand.map((value) => wholePart(value));
  if (divisor === undefined) throw new CommandError('BadValue', 'malformed mod, divisor not a number');
  if (remainder === undefined) throw new CommandError('BadValue', 'malformed mod, remainder not a number');
  if (divisor === 0n) throw new CommandError('BadValue', 'divisor cannot be 0');
  return (value) => {
    const whole = wholePart(value);
    return whole !== undefined && whole % divisor === remainder;
  };
}

function wholePart(value: Value | undefined): bigint | undefined {
  if (value instanceof Int32) return BigInt(value.value);
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  if (!(value instanceof Decimal128)) return undefined;
  const { kind, coefficient, exponent } = decimalParts(value);
  if (kind !== 'finite') return undefined;
  return exponent >= 0 ? coefficient * 10n ** BigInt(exponent) : coefficient / 10n ** BigInt(-exponent);
}

export function sizeTest(operand: Value): ValueTest {
  const size = integerOf(operand);
  if (!isNumber(operand) || size === undefined) {
    throw new CommandError('BadValue', 'Failed to parse $size. Expected an integer');
  }
  if (size < 0)
    throw new CommandError(
      'BadValue',
      `Failed to parse $size. Expected a non-negative number in: $size: ${size}`,
    );
  return (value) => isArray(value) && value.length === size;
}

/** Whether a document is an operator expression: its first field name begins with `$`. */
export function isOperatorDocument(value: Value): boolean {
  if (!isDocument(value)) return false;
  const [first] = value.keys();
  return first?.startsWith('$') ?? false;
}
