import { Decimal128 } from './values.js';

/**
 * A decimal128's meaning: `coefficient · 10^exponent`, or a special value.
 * `coefficient` carries the sign; `negativeZero` keeps the sign of a zero, which only its text shows.
 */
export interface DecimalParts {
  readonly kind: 'finite' | 'nan' | 'infinity' | '-infinity';
  readonly coefficient: bigint;
  readonly exponent: number;
  readonly negativeZero: boolean;
}

const DIGITS = 34;
const LIMIT = 10n ** BigInt(DIGITS);
const EXPONENT_BIAS = 6176;
const MAX_EXPONENT = 6111;
const finite = (coefficient: bigint, exponent: number, negativeZero = false): DecimalParts => ({
  kind: 'finite',
  coefficient,
  exponent,
  negativeZero,
});
const special = (kind: 'nan' | 'infinity' | '-infinity'): DecimalParts => ({
  kind,
  coefficient: 0n,
  exponent: 0,
  negativeZero: false,
});

/** Reads the binary integer decimal encoding of IEEE 754-2008; non-canonical coefficients count as zero. */
export function decimalParts(decimal: Decimal128): DecimalParts {
  const high = decimal.bytes.readBigUInt64LE(8);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 31n);
  if (combination === 31) return special('nan');
  if (combination === 30) return special(negative ? '-infinity' : 'infinity');
  if (combination >= 24) return finite(0n, Number((high >> 47n) & 0x3fffn) - EXPONENT_BIAS, negative);
  const exponent = Number((high >> 49n) & 0x3fffn) - EXPONENT_BIAS;
  let coefficient = ((high & 0x1ffffffffffffn) << 64n) | decimal.bytes.readBigUInt64LE(0);
  if (coefficient >= LIMIT) coefficient = 0n;
  return finite(negative ? -coefficient : coefficient, exponent, negative && coefficient === 0n);
}

/** Encodes `coefficient · 10^exponent`, rounded half to even to 34 digits; too large becomes infinity. */
export function decimalOf(coefficient: bigint, exponent: number, negativeZero = false): Decimal128 {
  const negative = coefficient < 0n || (coefficient === 0n && negativeZero);
  let digits = coefficient < 0n ? -coefficient : coefficient;
  const excess = Math.max(digits.toString().length - DIGITS, -EXPONENT_BIAS - exponent);
  if (excess > 0) {
    digits = divideHalfEven(digits, 10n ** BigInt(excess));
    exponent += excess;
    if (digits === LIMIT) {
      digits /= 10n;
      exponent++;
    }
  }
  while (exponent > MAX_EXPONENT && digits !== 0n && digits * 10n < LIMIT) {
    digits *= 10n;
    exponent--;
  }
  if (digits === 0n) exponent = Math.max(Math.min(exponent, MAX_EXPONENT), -EXPONENT_BIAS);
  if (exponent > MAX_EXPONENT) return specialDecimal(negative ? '-infinity' : 'infinity');
  return pack(negative, digits, exponent);
}

export function specialDecimal(kind: 'nan' | 'infinity' | '-infinity'): Decimal128 {
  const bytes = Buffer.alloc(16);
  bytes[15] = kind === 'nan' ? 0x7c : kind === 'infinity' ? 0x78 : 0xf8;
  return new Decimal128(bytes);
}

function pack(negative: boolean, digits: bigint, exponent: number): Decimal128 {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(digits & 0xffffffffffffffffn, 0);
  const high = (digits >> 64n) | (BigInt(exponent + EXPONENT_BIAS) << 49n) | (negative ? 1n << 63n : 0n);
  bytes.writeBigUInt64LE(high, 8);
  return new Decimal128(bytes);
}

function divideHalfEven(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const twice = (value % divisor) * 2n;
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** The decimal a double becomes when it meets one in arithmetic: its 15 significant digits, as MongoDB converts. */
export function decimalFromDouble(value: number): Decimal128 {
  if (Number.isNaN(value)) return specialDecimal('nan');
  if (!Number.isFinite(value)) return specialDecimal(value > 0 ? 'infinity' : '-infinity');
  const [mantissa = '0', power = '0'] = value.toExponential(14).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return decimalOf(BigInt(whole + fraction), Number(power) - fraction.length, Object.is(value, -0));
}

export function addDecimals(left: DecimalParts, right: DecimalParts): Decimal128 {
  if (left.kind !== 'finite' || right.kind !== 'finite') {
    if (left.kind === 'nan' || right.kind === 'nan') return specialDecimal('nan');
    if (left.kind !== 'finite' && right.kind !== 'finite' && left.kind !== right.kind)
      return specialDecimal('nan');
    return specialDecimal(left.kind === 'finite' ? (right.kind as 'infinity') : left.kind);
  }
  const exponent = Math.min(left.exponent, right.exponent);
  const scale = (part: DecimalParts): bigint => part.coefficient * 10n ** BigInt(part.exponent - exponent);
  return decimalOf(scale(left) + scale(right), exponent, left.negativeZero && right.negativeZero);
}

const signOf = (part: DecimalParts): number =>
  part.kind === '-infinity' || part.coefficient < 0n || part.negativeZero ? -1 : 1;
const isZero = (part: DecimalParts): boolean => part.kind === 'finite' && part.coefficient === 0n;

export function multiplyDecimals(left: DecimalParts, right: DecimalParts): Decimal128 {
  const negative = signOf(left) * signOf(right) < 0;
  if (left.kind !== 'finite' || right.kind !== 'finite') {
    const undefinedProduct = left.kind === 'nan' || right.kind === 'nan' || isZero(left) || isZero(right);
    return specialDecimal(undefinedProduct ? 'nan' : negative ? '-infinity' : 'infinity');
  }
  return decimalOf(left.coefficient * right.coefficient, left.exponent + right.exponent, negative);
}

/** The quotient to 34 digits; an exact one in its shortest form. The divisor is not zero. */
export function divideDecimals(left: DecimalParts, right: DecimalParts): Decimal128 {
  const negative = signOf(left) * signOf(right) < 0;
  if (left.kind !== 'finite' || right.kind !== 'finite') {
    if (left.kind === 'finite')
      return right.kind === 'nan' ? specialDecimal('nan') : decimalOf(0n, 0, negative);
    const undefinedQuotient = left.kind === 'nan' || right.kind !== 'finite';
    return specialDecimal(undefinedQuotient ? 'nan' : negative ? '-infinity' : 'infinity');
  }
  const shift = DIGITS * 2;
  const numerator = left.coefficient * 10n ** BigInt(shift);
  let quotient = numerator / right.coefficient;
  let exponent = left.exponent - right.exponent - shift;
  if (numerator % right.coefficient !== 0n) {
    // A sticky digit below the last keeps half-even rounding right for what the integer division dropped.
    quotient = quotient * 10n + (negative ? -1n : 1n);
    exponent--;
  }
  const ideal = left.exponent - right.exponent;
  while (exponent < ideal && quotient !== 0n && quotient % 10n === 0n) {
    quotient /= 10n;
    exponent++;
  }
  return decimalOf(quotient, quotient === 0n ? ideal : exponent, negative);
}

/** The scientific text of IEEE 754, as MongoDB prints decimals. */
export function decimalText(decimal: Decimal128): string {
  const part = decimalParts(decimal);
  if (part.kind !== 'finite')
    return { nan: 'NaN', infinity: 'Infinity', '-infinity': '-Infinity' }[part.kind];
  const sign = signOf(part) < 0 ? '-' : '';
  const digits = (part.coefficient < 0n ? -part.coefficient : part.coefficient).toString();
  const adjusted = part.exponent + digits.length - 1;
  if (part.exponent > 0 || adjusted < -6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0] ?? '0'}${fraction}E${adjusted < 0 ? '' : '+'}${adjusted}`;
  }
  if (part.exponent === 0) return sign + digits;
  const padded = digits.padStart(1 - part.exponent, '0');
  return `${sign}${padded.slice(0, part.exponent)}.${padded.slice(part.exponent)}`;
}
