import { inverted, keyOf } from '../../bson/key.js';
import { typeOrder, type Value, isArray } from '../../bson/values.js';
import { ABOVE } from '../../store/rows.js';
import type { Condition } from '../filter/filter.js';
import type { KeyField } from './keys.js';

/** A stretch of keys: those that begin with either of its ends, and those between them. */
export interface Stretch {
  readonly first: Buffer;
  readonly last: Buffer;
}

/** What the conditions on one field allow: single values, or one stretch of them. */
export type FieldBounds = { readonly points: readonly Buffer[] } | { readonly stretch: Stretch };

/**
 * The tightest bounds that the given conditions (all on this field, all required) imply; undefined when they imply none.
 * In an index with array elements only one condition may be used: different elements can satisfy different conditions.
 */
export function fieldBounds(
  { descending }: KeyField,
  conditions: readonly Condition[],
  multikey: boolean,
): FieldBounds | undefined {
  for (const condition of conditions) {
    const points = pointsOf(condition);
    if (!points) continue;
    const keys = points.map((value) => (descending ? inverted(keyOf(value)) : keyOf(value)));
    keys.sort((a, b) => Buffer.compare(a, b));
    return { points: keys.filter((key, at) => !keys[at - 1]?.equals(key)) };
  }
  const stretches = conditions.flatMap((condition) => stretchOf(condition) ?? []);
  const used = multikey ? stretches.slice(0, 1) : stretches;
  if (used.length === 0) return undefined;
  const first = used.map((each) => each.first).reduce((a, b) => (Buffer.compare(a, b) > 0 ? a : b));
  const last = used.map((each) => each.last).reduce((a, b) => (Buffer.compare(end(a), end(b)) < 0 ? a : b));
  return { stretch: descending ? { first: inverted(last), last: inverted(first) } : { first, last } };
}

const end = (key: Buffer): Buffer => Buffer.concat([key, ABOVE]);

function pointsOf({ hint }: Condition): readonly Value[] | undefined {
  if (hint?.operator === '$in') return hint.operands.some(isArray) ? undefined : hint.operands;
  if (!hint || hint.operator === '$exists' || isArray(hint.operand)) return undefined;
  const isNullRange = hint.operand === null && (hint.operator === '$gte' || hint.operator === '$lte');
  return hint.operator === '$eq' || isNullRange ? [hint.operand] : undefined;
}

/** Of one type: a comparison does not leave it. */
function stretchOf({ hint }: Condition): Stretch | undefined {
  if (!hint || hint.operator === '$in' || hint.operator === '$exists' || hint.operator === '$eq')
    return undefined;
  if (hint.operand === null || isArray(hint.operand)) return undefined;
  const type = Buffer.of(typeOrder(hint.operand));
  const key = keyOf(hint.operand);
  const isLower = hint.operator === '$gt' || hint.operator === '$gte';
  return isLower ? { first: key, last: type } : { first: type, last: key };
}
