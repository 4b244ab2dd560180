import { compareValues } from '../../bson/compare.js';
import { addDecimals, decimalParts, divideDecimals } from '../../bson/decimal.js';
import { keyOf } from '../../bson/key.js';
import { toDecimal, type NumberValue } from '../../bson/numbers.js';
import { Decimal128, Int32, int32, isArray, isDocument, isNumber, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { integer } from '../expression/arithmetic.js';

/** Gathers one value per document. */
export interface Accumulator {
  /** Returns whether it keeps the value, which then counts for the memory limit. */
  add(value: Value | undefined): boolean;
  result(): Value;
}

/** @throws CommandError 115 for accumulators outside the subset */
export function accumulatorOf(operator: string, operand: Value): () => Accumulator {
  switch (operator) {
    case '$sum':
    case '$avg':
    case '$min':
    case '$max':
    case '$first':
    case '$last':
    case '$push':
    case '$addToSet':
      if (isArray(operand)) throw new CommandError(40237, `The ${operator} accumulator is a unary operator`);
      return MAKERS[operator];
    case '$count':
      if (!isDocument(operand) || operand.size > 0)
        throw new CommandError('TypeMismatch', '$count takes no arguments, i.e. $count:{}');
      return count;
    default:
      throw unsupported(`the accumulator ${operator}`);
  }
}

const MAKERS = {
  $sum: () => new Total((total) => total.sum()),
  $avg: () => new Total((total) => total.average()),
  $min: () => extreme((difference) => difference < 0),
  $max: () => extreme((difference) => difference > 0),
  $first: () => edge(true),
  $last: () => edge(false),
  $push: push,
  $addToSet: addToSet,
} as const;

/** Sums whole numbers exactly and doubles with a running correction; what is not a number does not count. */
class Total implements Accumulator {
  private whole = 0n;
  private wide = false;
  private double = 0;
  private correction = 0;
  private hasDouble = false;
  private decimal: Decimal128 | undefined;
  private count = 0;

  constructor(private readonly finish: (total: Total) => Value) {}

  add(value: Value | undefined): boolean {
    if (!isNumber(value)) return false;
    this.count++;
    if (value instanceof Int32) this.whole += BigInt(value.value);
    else if (typeof value === 'bigint') {
      this.whole += value;
      this.wide = true;
    } else if (typeof value === 'number') this.addDouble(value);
    else this.decimal = this.decimal ? addDecimals(decimalParts(this.decimal), decimalParts(value)) : value;
    return false;
  }

  sum(): NumberValue {
    if (this.decimal) return this.decimalSum(this.decimal);
    return this.hasDouble ? this.doubleSum() : integer(this.whole, this.wide);
  }

  average(): Value {
    if (this.count === 0) return null;
    if (this.decimal)
      return divideDecimals(
        decimalParts(this.decimalSum(this.decimal)),
        decimalParts(toDecimal(int32(this.count))),
      );
    return this.doubleSum() / this.count;
  }

  result(): Value {
    return this.finish(this);
  }

  /** Neumaier's summation: what rounding loses is kept beside the sum. */
  private addDouble(value: number): void {
    this.hasDouble = true;
    const sum = this.double + value;
    if (Number.isFinite(sum)) {
      this.correction +=
        Math.abs(this.double) >= Math.abs(value) ? this.double - sum + value : value - sum + this.double;
    }
    this.double = sum;
  }

  private doubleSum(): number {
    const whole = Number(this.whole);
    return Number.isFinite(this.double) ? this.double + whole + this.correction : this.double;
  }

  private decimalSum(decimal: Decimal128): Decimal128 {
    const rest = addDecimals(decimalParts(decimal), decimalParts(toDecimal(this.whole)));
    return this.hasDouble
      ? addDecimals(decimalParts(rest), decimalParts(toDecimal(this.double + this.correction)))
      : rest;
  }
}

function count(): Accumulator {
  let n = 0;
  return { add: () => n++ < 0, result: () => int32(n) };
}

/** Null and missing do not take part. */
function extreme(better: (difference: number) => boolean): Accumulator {
  let best: Value = null;
  return {
    add: (value) => {
      if (value !== undefined && value !== null && (best === null || better(compareValues(value, best))))
        best = value;
      return false;
    },
    result: () => best,
  };
}

function edge(first: boolean): Accumulator {
  let seen = false;
  let kept: Value = null;
  return {
    add: (value) => {
      if (!seen || !first) kept = value ?? null;
      seen = true;
      return false;
    },
    result: () => kept,
  };
}

function push(): Accumulator {
  const values: Value[] = [];
  return {
    add: (value) => value !== undefined && values.push(value) > 0,
    result: () => values,
  };
}

function addToSet(): Accumulator {
  const values = new Map<string, Value>();
  return {
    add: (value) => {
      if (value === undefined) return false;
      const key = keyOf(value).toString('latin1');
      if (values.has(key)) return false;
      values.set(key, value);
      return true;
    },
    result: () => [...values.values()],
  };
}
