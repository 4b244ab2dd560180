import { badValue } from '../errors.js';
import { Int32, int32, isNumber } from './values.js';
/** Compares by value across all three numeric types; NaN equals NaN and is below every other number. */
export function compareNumbers(left, right) {
    const a = left instanceof Int32 ? left.value : left;
    const b = right instanceof Int32 ? right.value : right;
    // JavaScript compares number with bigint by mathematical value; only NaN needs a rule of its own.
    if (a < b)
        return -1;
    if (a > b)
        return 1;
    return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}
/**
 * The sum with MongoDB's promotions: Int32 → Int64 on overflow, any Double → Double.
 * @throws CommandError 2 when an Int64 overflows
 */
export function add(left, right) {
    if (typeof left === 'number' || typeof right === 'number')
        return toDouble(left) + toDouble(right);
    const sum = toBigInt(left) + toBigInt(right);
    const isNarrow = left instanceof Int32 && right instanceof Int32;
    if (isNarrow && sum === BigInt.asIntN(32, sum))
        return int32(Number(sum));
    if (sum === BigInt.asIntN(64, sum))
        return sum;
    throw badValue('Integer overflow');
}
const toBigInt = (value) => (typeof value === 'bigint' ? value : BigInt(value.value));
export function toDouble(value) {
    return Number(value instanceof Int32 ? value.value : value);
}
/** The value as a safe integer, or undefined when it is not a number without a fraction. */
export function integerOf(value) {
    if (!isNumber(value))
        return undefined;
    const double = toDouble(value);
    return Number.isSafeInteger(double) ? double : undefined;
}
/** Whether a value counts as true in options, projections and expressions. */
export function isTruthy(value) {
    if (value === undefined || value === null || value === false)
        return false;
    return isNumber(value) ? toDouble(value) !== 0 : true;
}
//# sourceMappingURL=numbers.js.map