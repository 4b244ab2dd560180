import { addDecimals, decimalParts, divideDecimals, multiplyDecimals } from '../../bson/decimal.js';
import {
  INT32_MAX,
  INT32_MIN,
  INT64_MAX,
  INT64_MIN,
  compareNumbers,
  toDecimal,
  toDouble,
  type NumberValue,
} from '../../bson/numbers.js';
import { DateValue, Decimal128, Int32, int32, isNumber, type Value } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { typeName } from '../filter/tests.js';

type Operands = readonly (Value | undefined)[];
const isMissing = (value: Value | undefined): value is undefined | null =>
  value === undefined || value === null;
const mismatch = (message: string): CommandError => new CommandError('TypeMismatch', message);

/** Int32 where operands and result allow, else Int64; a result beyond 64 bits becomes a Double, as in MongoDB's expressions. */
export function integer(result: bigint, wide: boolean): NumberValue {
  if (!wide && result >= INT32_MIN && result <= INT32_MAX) return int32(Number(result));
  return result >= INT64_MIN && result <= INT64_MAX ? result : Number(result);
}

function combine(
  left: NumberValue,
  right: NumberValue,
  operation: {
    integers: (a: bigint, b: bigint) => bigint;
    doubles: (a: number, b: number) => number;
    decimals: typeof addDecimals;
  },
): NumberValue {
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return operation.decimals(decimalParts(toDecimal(left)), decimalParts(toDecimal(right)));
  }
  if (typeof left === 'number' || typeof right === 'number')
    return operation.doubles(toDouble(left), toDouble(right));
  const whole = (value: Int32 | bigint): bigint => (typeof value === 'bigint' ? value : BigInt(value.value));
  return integer(
    operation.integers(whole(left), whole(right)),
    typeof left === 'bigint' || typeof right === 'bigint',
  );
}

export const sum = (left: NumberValue, right: NumberValue): NumberValue =>
  combine(left, right, { integers: (a, b) => a + b, doubles: (a, b) => a + b, decimals: addDecimals });
const product = (left: NumberValue, right: NumberValue): NumberValue =>
  combine(left, right, { integers: (a, b) => a * b, doubles: (a, b) => a * b, decimals: multiplyDecimals });
const negative = (value: NumberValue): NumberValue => product(value, int32(-1));

function shifted(date: number, milliseconds: NumberValue): DateValue {
  const result = date + Math.round(toDouble(milliseconds));
  if (!(Math.abs(result) <= 8.64e15)) throw new CommandError('Overflow', 'date overflow');
  return new DateValue(result);
}

/** Numbers, and at most one date with milliseconds added. Null and missing make the result null. */
export function add(operands: Operands): Value {
  let total: NumberValue = int32(0);
  let date: number | undefined;
  let missing = false;
  for (const operand of operands) {
    if (isMissing(operand)) missing = true;
    else if (isNumber(operand)) total = sum(total, operand);
    else if (!(operand instanceof DateValue))
      throw mismatch(`$add only supports numeric or date types, not ${typeName(operand)}`);
    else if (date !== undefined) throw new CommandError(16612, 'only one date allowed in an $add expression');
    else date = operand.milliseconds;
  }
  if (missing) return null;
  return date === undefined ? total : shifted(date, total);
}

export function subtract([left, right]: Operands): Value {
  if (isMissing(left) || isMissing(right)) return null;
  if (isNumber(left) && isNumber(right)) return sum(left, negative(right));
  if (left instanceof DateValue && right instanceof DateValue)
    return BigInt(left.milliseconds - right.milliseconds);
  if (left instanceof DateValue && isNumber(right)) return shifted(left.milliseconds, negative(right));
  throw mismatch(`can't $subtract ${typeName(right)} from ${typeName(left)}`);
}

export function multiply(operands: Operands): Value {
  let total: NumberValue = int32(1);
  let missing = false;
  for (const operand of operands) {
    if (isMissing(operand)) missing = true;
    else if (isNumber(operand)) total = product(total, operand);
    else throw mismatch(`$multiply only supports numeric types, not ${typeName(operand)}`);
  }
  return missing ? null : total;
}

/** Always a Double, or a Decimal128 when one takes part. */
export function divide([left, right]: Operands): Value {
  if (isMissing(left) || isMissing(right)) return null;
  if (!isNumber(left) || !isNumber(right))
    throw mismatch(`$divide only supports numeric types, not ${typeName(left)} and ${typeName(right)}`);
  if (compareNumbers(right, int32(0)) === 0) throw new CommandError('BadValue', "can't $divide by zero");
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    return divideDecimals(decimalParts(toDecimal(left)), decimalParts(toDecimal(right)));
  }
  return toDouble(left) / toDouble(right);
}
