import { CommandError } from '../errors.js';
import {
  addDecimals,
  decimalFromDouble,
  decimalOf,
  decimalParts,
  decimalText,
  multiplyDecimals,
  type DecimalParts,
} from './decimal.js';
import { Decimal128, Int32, int32, isNumber, type Value } from './values.js';

export type NumberValue = number | bigint | Int32 | Decimal128;

const INT32_MIN = -2147483648;
const INT32_MAX = 2147483647;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Compares by value across all four numeric types; NaN equals NaN and is below every other number. */
export function compareNumbers(left: NumberValue, right: NumberValue): number {
  const a = left instanceof Int32 ? left.value : left;
  const b = right instanceof Int32 ? right.value : right;
  if (a instanceof Decimal128 || b instanceof Decimal128) return compareExact(exactParts(a), exactParts(b));
  // JavaScript compares number with bigint by mathematical value; only NaN needs a rule of its own.
  if (a < b) return -1;
  if (a > b) return 1;
  if (typeof a === 'number' && Number.isNaN(a)) return typeof b === 'number' && Number.isNaN(b) ? 0 : -1;
  return typeof b === 'number' && Number.isNaN(b) ? 1 : 0;
}

/** The exact decimal meaning of any number; every double has a finite decimal expansion. */
export function exactParts(value: NumberValue): DecimalParts {
  if (value instanceof Decimal128) return decimalParts(value);
  const part = { kind: 'finite', coefficient: 0n, exponent: 0, negativeZero: Object.is(value, -0) } as const;
  if (typeof value === 'bigint') return { ...part, coefficient: value };
  const double = value instanceof Int32 ? value.value : value;
  if (Number.isNaN(double)) return { ...part, kind: 'nan' };
  if (!Number.isFinite(double)) return { ...part, kind: double > 0 ? 'infinity' : '-infinity' };
  if (Number.isInteger(double)) return { ...part, coefficient: BigInt(double) };
  let exponent = 0;
  let scaled = double;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent--;
  }
  // m · 2^-k = m · 5^k · 10^-k
  return { ...part, coefficient: BigInt(scaled) * 5n ** BigInt(-exponent), exponent };
}

const RANK = { nan: 0, '-infinity': 1, finite: 2, infinity: 3 } as const;

export function compareExact(left: DecimalParts, right: DecimalParts): number {
  if (left.kind !== 'finite' || right.kind !== 'finite') return Math.sign(RANK[left.kind] - RANK[right.kind]);
  const exponent = Math.min(left.exponent, right.exponent);
  const a = left.coefficient * 10n ** BigInt(left.exponent - exponent);
  const b = right.coefficient * 10n ** BigInt(right.exponent - exponent);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Int32 when it fits and both operands were Int32, else Int64. */
function integerResult(result: bigint, wide: boolean, what: string): NumberValue {
  if (!wide && result >= INT32_MIN && result <= INT32_MAX) return int32(Number(result));
  if (result < INT64_MIN || result > INT64_MAX) {
    throw new CommandError(
      'BadValue',
      `Failed to apply ${what} operations to current value: integer overflow`,
    );
  }
  return result;
}

const toBigInt = (value: Int32 | bigint): bigint => (typeof value === 'bigint' ? value : BigInt(value.value));
export const toDouble = (value: NumberValue): number => {
  if (typeof value === 'number') return value;
  if (value instanceof Int32) return value.value;
  return typeof value === 'bigint' ? Number(value) : Number(decimalText(value));
};
export const toDecimal = (value: NumberValue): Decimal128 => {
  if (value instanceof Decimal128) return value;
  return typeof value === 'number' ? decimalFromDouble(value) : decimalOf(toBigInt(value), 0);
};

/**
 * `left (op) right` with MongoDB's promotions: Int32 → Int64 on overflow, any Double → Double, any Decimal128 → Decimal128.
 * @throws CommandError 2 when an Int64 result overflows
 */
export function calculate(operation: '$inc' | '$mul', left: NumberValue, right: NumberValue): NumberValue {
  const add = operation === '$inc';
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    const [a, b] = [decimalParts(toDecimal(left)), decimalParts(toDecimal(right))];
    return add ? addDecimals(a, b) : multiplyDecimals(a, b);
  }
  if (typeof left === 'number' || typeof right === 'number') {
    return add ? toDouble(left) + toDouble(right) : toDouble(left) * toDouble(right);
  }
  const [a, b] = [toBigInt(left), toBigInt(right)];
  return integerResult(add ? a + b : a * b, typeof left === 'bigint' || typeof right === 'bigint', operation);
}

/** The value as a safe integer, or undefined when it is not a number without a fraction. */
export function integerOf(value: Value | undefined): number | undefined {
  if (!isNumber(value)) return undefined;
  const double = toDouble(value);
  return Number.isSafeInteger(double) ? double : undefined;
}

/** Whether a value counts as true in options, projections and expressions. */
export function isTruthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false) return false;
  return isNumber(value) ? compareNumbers(value, 0) !== 0 : true;
}

export { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
