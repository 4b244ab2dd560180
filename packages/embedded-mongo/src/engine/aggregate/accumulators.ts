import { integer, type NumberValue } from '../../bson/numbers.js';
import { Int32, isNumber, type Value } from '../../bson/values.js';
import { unsupported } from '../../errors.js';

/** Gathers one value per document. */
export interface Accumulator {
  /** Returns whether it keeps the value, which then counts for the memory limit. */
  add(value: Value | undefined): boolean;
  result(): Value;
}

/** The accumulators there are. */
export const ACCUMULATORS: Readonly<Record<string, () => Accumulator>> = {
  $sum: () => new Sum(),
  $push: () => {
    const values: Value[] = [];
    return { add: (value) => value !== undefined && values.push(value) > 0, result: () => values };
  },
};

/** @throws CommandError 115 for accumulators outside the subset */
export function accumulatorOf(operator: string): () => Accumulator {
  const make = Object.hasOwn(ACCUMULATORS, operator) ? ACCUMULATORS[operator] : undefined;
  if (!make) throw unsupported(`the accumulator ${operator}`);
  return make;
}

/** Sums whole numbers exactly and doubles with a running correction; what is not a number does not count. */
class Sum implements Accumulator {
  private whole = 0n;
  private wide = false;
  private double = 0;
  private correction = 0;
  private hasDouble = false;

  add(value: Value | undefined): boolean {
    if (!isNumber(value)) return false;
    if (value instanceof Int32) this.whole += BigInt(value.value);
    else if (typeof value === 'bigint') {
      this.whole += value;
      this.wide = true;
    } else this.addDouble(value);
    return false;
  }

  result(): NumberValue {
    if (!this.hasDouble) return integer(this.whole, this.wide);
    const { double } = this;
    return Number.isFinite(double) ? double + Number(this.whole) + this.correction : double;
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
}
