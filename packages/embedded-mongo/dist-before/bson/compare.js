import { keyOf } from './key.js';
import { compareNumbers } from './numbers.js';
import { TYPE_ORDER, typeOrder } from './types.js';
/** Total order over all values: by type first, then by value (numbers across their types, documents with field order). */
export function compareValues(left, right) {
    if (left === right)
        return 0;
    const order = typeOrder(left);
    const difference = order - typeOrder(right);
    if (difference !== 0)
        return difference;
    if (order === TYPE_ORDER.number)
        return compareNumbers(left, right);
    if (order === TYPE_ORDER.date)
        return left.milliseconds - right.milliseconds;
    return Buffer.compare(keyOf(left), keyOf(right));
}
export function equalValues(left, right) {
    return typeof left === 'string' ? left === right : compareValues(left, right) === 0;
}
//# sourceMappingURL=compare.js.map