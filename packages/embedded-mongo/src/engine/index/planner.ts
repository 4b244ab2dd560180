import { type Value, isArray } from '../../bson/values.js';
import type { Condition, FilterNode, PlannerHint } from '../filter/node.js';
import { ABOVE, fieldBounds } from './bounds.js';
import type { IndexDefinition } from './definition.js';
import { metArray, type ArrayFields, type KeyField } from './keys.js';

/** An index with what its entries need: where they are, and in which of its fields any document had an array. */
export interface OpenIndex {
  readonly definition: IndexDefinition;
  readonly space: number;
  arrays: ArrayFields;
}

export interface KeyRange {
  /** Inclusive. */
  readonly from: Buffer;
  /** Exclusive. */
  readonly to: Buffer;
}

/** How to find the candidates of a filter; every candidate is still checked against the whole filter. */
export interface Plan {
  /** Undefined means all records, in insertion order. */
  readonly index: OpenIndex | undefined;
  readonly ranges: readonly KeyRange[];
  readonly descending: boolean;
  /** Whether the candidates come in the order asked for. */
  readonly sorted: boolean;
}

const MAX_RANGES = 10_000;
/** The score of an index that is unique and whose every field must equal something. */
const UNIQUE_KEYS = 100;
const EVERYTHING: KeyRange = { from: Buffer.alloc(0), to: ABOVE };

/** Chooses the index that narrows the filter most, or gives the order asked for. */
export function planQuery(
  filter: FilterNode,
  sort: readonly KeyField[],
  indexes: readonly OpenIndex[],
): Plan {
  const conditions = requiredConditions(filter);
  let best: Plan = { index: undefined, ranges: [], descending: false, sorted: sort.length === 0 };
  let bestScore = 0;
  for (const index of indexes) {
    const candidate = planIndex(index, conditions, sort);
    if (candidate && candidate.score > bestScore) {
      best = candidate.plan;
      bestScore = candidate.score;
    }
    // One key of a unique index: no other index leaves less to look at.
    if (bestScore >= UNIQUE_KEYS && best.ranges.length === 1) break;
  }
  return best;
}

/** The conditions every matching document satisfies. */
function requiredConditions(node: FilterNode): Condition[] {
  if (node.kind === 'condition') return [node];
  return node.kind === 'and' ? node.children.flatMap(requiredConditions) : [];
}

function planIndex(
  index: OpenIndex,
  conditions: readonly Condition[],
  sort: readonly KeyField[],
): { plan: Plan; score: number } | undefined {
  const { definition } = index;
  const isMultikey = index.arrays !== 0;
  if (!coversAllMatches(definition, conditions)) return undefined;
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let equalities = 0;
  let singles = 0;
  let range: KeyRange | undefined;
  const usedRoots = new Set<string>();
  for (const field of definition.fields) {
    const root = field.parts[0] ?? '';
    // Two fields of one array can match in different elements, which share no key.
    if (isMultikey && usedRoots.has(root)) break;
    const bounds = fieldBounds(
      field,
      conditions.filter(({ path }) => path === field.path),
      isMultikey,
    );
    if (!bounds) break;
    usedRoots.add(root);
    if (bounds.kind === 'range') {
      range = bounds;
      break;
    }
    if (prefixes.length * bounds.keys.length > MAX_RANGES) break;
    prefixes = prefixes.flatMap((prefix) => bounds.keys.map((key) => Buffer.concat([prefix, key])));
    equalities++;
    if (bounds.keys.length === 1 && singles === equalities - 1) singles++;
  }
  const order = singles < equalities ? undefined : sortOrder(definition.fields, singles, sort, index.arrays);
  const sorted = sort.length === 0 || order !== undefined;
  const score =
    equalities * 4 +
    (range ? 2 : 0) +
    (sort.length > 0 && order ? 3 : 0) +
    (definition.unique && equalities === definition.fields.length ? UNIQUE_KEYS : 0);
  const ranges = prefixes.map((prefix) =>
    range
      ? { from: Buffer.concat([prefix, range.from]), to: Buffer.concat([prefix, range.to]) }
      : prefix.length === 0
        ? EVERYTHING
        : { from: prefix, to: Buffer.concat([prefix, ABOVE]) },
  );
  return { plan: { index, ranges, descending: order === 'backward', sorted }, score };
}

/**
 * Whether reading the index in one direction gives the sort order, once `fixed` leading fields have one value each. A field that has met an array gives
 * none, because a document stands there once for each element; where it is fixed, each document stands there once.
 */
function sortOrder(
  fields: readonly KeyField[],
  fixed: number,
  sort: readonly KeyField[],
  arrays: ArrayFields,
): 'forward' | 'backward' | undefined {
  if (sort.length === 0) return undefined;
  const constant = new Set(
    fields.slice(0, fixed).flatMap(({ path }, place) => (metArray(arrays, place) ? [] : [path])),
  );
  const wanted = sort.filter(({ path }) => !constant.has(path));
  const offered = fields.slice(fixed);
  let direction: 'forward' | 'backward' | undefined;
  for (const [position, field] of wanted.entries()) {
    const other = offered[position];
    if (other?.path !== field.path || metArray(arrays, fixed + position)) return undefined;
    const needed = other.descending === field.descending ? 'forward' : 'backward';
    if (direction && direction !== needed) return undefined;
    direction = needed;
  }
  return direction ?? 'forward';
}

/** A sparse or partial index may be used only when the filter excludes everything it leaves out. */
function coversAllMatches(definition: IndexDefinition, conditions: readonly Condition[]): boolean {
  if (definition.sparse) {
    const paths = new Set(definition.fields.map(({ path }) => path));
    if (!conditions.some((condition) => paths.has(condition.path) && excludesMissing(condition.hint)))
      return false;
  }
  return (
    definition.partial === undefined ||
    requiredConditions(definition.partial).every((needed) =>
      conditions.some((given) => given.path === needed.path && implies(given, needed)),
    )
  );
}

function excludesMissing(hint: PlannerHint | undefined): boolean {
  if (!hint) return false;
  if (hint.operator === '$in') return !hint.operands.includes(null);
  return hint.operator === '$exists' || hint.operand !== null;
}

/** @param needed equality, or that the field is there */
function implies({ hint }: Condition, needed: Condition): boolean {
  if (needed.hint?.operator === '$exists') return excludesMissing(hint);
  const passes = (value: Value): boolean => !isArray(value) && needed.test(value);
  if (hint?.operator === '$in') return hint.operands.length > 0 && hint.operands.every(passes);
  return hint?.operator === '$eq' && passes(hint.operand);
}
