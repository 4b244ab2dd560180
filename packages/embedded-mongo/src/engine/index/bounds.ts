import { keyOf } from '../../bson/key.js';
import { typeOrder } from '../../bson/types.js';
import { type Value, isArray } from '../../bson/values.js';
import type { ComparisonOperator, Condition } from '../filter/node.js';
import type { KeyField } from './keys.js';

/** Bytes above everything that continues a key: no type's byte and no record id begins with 255. */
export const ABOVE = Buffer.of(255);

/** What the conditions on one field allow: single values, or one stretch of key bytes. */
export type FieldBounds =
  | { readonly kind: 'points'; readonly keys: readonly Buffer[] }
  | { readonly kind: 'range'; readonly from: Buffer; readonly to: Buffer };

/** More points than this are not worth separate look-ups. */
const MAX_POINTS = 10_000;

/**
 * The tightest bounds that the given conditions (all on this field, all required) imply; undefined when they imply none.
 * In an index with array elements only one condition may be used: different elements can satisfy different conditions.
 */
export function fieldBounds(
  field: KeyField,
  conditions: readonly Condition[],
  multikey: boolean,
): FieldBounds | undefined {
  for (const condition of conditions) {
    const points = pointsOf(condition);
    if (points && points.length <= MAX_POINTS) {
      const keys = new Map(points.map((value) => [keyOf(value).toString('latin1'), value]));
      return {
        kind: 'points',
        keys: [...keys.values()]
          .map((value) => directed(keyOf(value), field))
          .sort((a, b) => Buffer.compare(a, b)),
      };
    }
  }
  const ranges = conditions.flatMap((condition) => rangeOf(condition) ?? []);
  const used = multikey ? ranges.slice(0, 1) : ranges;
  if (used.length === 0) return undefined;
  const from = used.map((range) => range.from).reduce((a, b) => (Buffer.compare(a, b) >= 0 ? a : b));
  const to = used.map((range) => range.to).reduce((a, b) => (Buffer.compare(a, b) <= 0 ? a : b));
  return field.descending ? { kind: 'range', ...inverted(from, to) } : { kind: 'range', from, to };
}

const indexable = (value: Value): boolean => !isArray(value);

function pointsOf(condition: Condition): readonly Value[] | undefined {
  const { hint } = condition;
  if (hint?.operator === '$in') return hint.operands.every(indexable) ? hint.operands : undefined;
  if (!hint || hint.operator === '$exists' || !indexable(hint.operand)) return undefined;
  const isNullRange = hint.operand === null && (hint.operator === '$gte' || hint.operator === '$lte');
  return hint.operator === '$eq' || isNullRange ? [hint.operand] : undefined;
}

function rangeOf(condition: Condition): { from: Buffer; to: Buffer } | undefined {
  const { hint } = condition;
  if (!hint || hint.operator === '$in' || hint.operator === '$exists' || hint.operator === '$eq')
    return undefined;
  if (hint.operand === null || !indexable(hint.operand)) return undefined;
  return comparisonRange(hint.operator, hint.operand);
}

function comparisonRange(operator: ComparisonOperator, operand: Value): { from: Buffer; to: Buffer } {
  const order = typeOrder(operand);
  const key = keyOf(operand);
  const lower = operator === '$gt' || operator === '$gte';
  return {
    from: lower ? key : Buffer.of(order),
    to: lower ? Buffer.of(order + 1) : Buffer.concat([key, ABOVE]),
  };
}

function directed(key: Buffer, field: KeyField): Buffer {
  return field.descending ? invert(key) : key;
}

const invert = (key: Buffer): Buffer => Buffer.from(key.map((byte) => ~byte));

/** The same stretch read downwards: a bound that ended below `x·255` now begins at the inverse of `x`. */
function inverted(from: Buffer, to: Buffer): { from: Buffer; to: Buffer } {
  const begin = to.at(-1) === 255 ? invert(to.subarray(0, -1)) : afterInverse(to);
  const end = from.length === 1 ? Buffer.of(256 - (from[0] ?? 1)) : Buffer.concat([invert(from), ABOVE]);
  return { from: begin, to: end };
}

/** `to` is the byte of the next type here: inverted, the type below it begins one byte later. */
function afterInverse(to: Buffer): Buffer {
  return Buffer.of(256 - (to[0] ?? 0));
}
