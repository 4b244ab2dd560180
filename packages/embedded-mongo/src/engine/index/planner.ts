import { type Value, isArray } from '../../bson/values.js';
import { ABOVE, type EntryRange } from '../../store/rows.js';
import type { Condition, Filter, PlannerHint } from '../filter/filter.js';
import { fieldBounds, type Stretch } from './bounds.js';
import type { IndexDefinition } from './definition.js';
import { metArray, type ArrayFields, type KeyField } from './keys.js';

/** An index with what its entries need: where they are, and in which of its fields any document had an array. */
export interface OpenIndex {
  readonly definition: IndexDefinition;
  readonly space: number;
  arrays: ArrayFields;
  /** Whether any of its values was an Int64, whose keys are those of doubles. */
  hasLongs: boolean;
}

/** How to find the candidates of a filter; every candidate is still checked against the whole filter. */
export interface Plan {
  /** Undefined means all records, in insertion order. */
  readonly index: OpenIndex | undefined;
  readonly ranges: readonly EntryRange[];
  readonly descending: boolean;
  /** Whether the candidates come in the order asked for. */
  readonly sorted: boolean;
  /** How many leading fields of the index have one of some single values each. */
  readonly fixed: number;
}

/** More are not worth separate look-ups. */
const MAX_RANGES = 10_000;
/** The score of an index that is unique and whose every field must equal something. */
const UNIQUE_KEYS = 100;
/** Of two indexes that narrow alike, one that leaves documents out has less to look at. */
const LEAVES_OUT = 0.5;
const EMPTY = Buffer.alloc(0);

/** Chooses the index that narrows the filter most, or gives the order asked for. */
export function planQuery(filter: Filter, sort: readonly KeyField[], indexes: readonly OpenIndex[]): Plan {
  let best: Plan = { index: undefined, ranges: [], descending: false, sorted: sort.length === 0, fixed: 0 };
  let bestScore = 0;
  for (const index of indexes) {
    const candidate = planIndex(index, filter, sort);
    if (candidate && candidate.score > bestScore) {
      best = candidate.plan;
      bestScore = candidate.score;
    }
    // One key of a unique index: no other index leaves less to look at.
    if (bestScore >= UNIQUE_KEYS && best.ranges.length === 1) break;
  }
  return best;
}

function planIndex(
  index: OpenIndex,
  filter: Filter,
  sort: readonly KeyField[],
): { plan: Plan; score: number } | undefined {
  const { definition, arrays } = index;
  const { required: conditions } = filter;
  const isMultikey = arrays !== 0;
  if (!coversAllMatches(definition, conditions)) return undefined;
  let prefixes: Buffer[] = [EMPTY];
  let equalities = 0;
  let stretch: Stretch | undefined;
  const usedRoots = new Set<string>();
  for (const field of definition.fields) {
    const root = field.parts[0] ?? '';
    // Two fields of one array can match in different elements, which share no key.
    if (isMultikey && usedRoots.has(root)) break;
    const here = conditions.filter(({ path }) => path === field.path);
    const bounds = fieldBounds(field, here, isMultikey);
    if (!bounds) break;
    usedRoots.add(root);
    if ('stretch' in bounds) {
      ({ stretch } = bounds);
      break;
    }
    if (prefixes.length * bounds.points.length > MAX_RANGES) break;
    const longer: Buffer[] = [];
    for (const prefix of prefixes)
      for (const point of bounds.points) longer.push(Buffer.concat([prefix, point]));
    prefixes = longer;
    equalities++;
  }
  const order = prefixes.length > 1 ? undefined : sortOrder(definition.fields, equalities, sort, arrays);
  const narrowed = equalities * 4 + (stretch ? 2 : 0) + (sort.length > 0 && order ? 3 : 0);
  const leavesOut = definition.partial.length > 0 || definition.sparse;
  // Not by that alone, as MongoDB does not: it wants a condition on the first field.
  const score =
    narrowed +
    (leavesOut && narrowed > 0 ? LEAVES_OUT : 0) +
    (definition.unique && equalities === definition.fields.length ? UNIQUE_KEYS : 0);
  const { first, last } = stretch ?? { first: EMPTY, last: EMPTY };
  const ranges = prefixes.map((prefix) => ({
    from: Buffer.concat([prefix, first]),
    to: Buffer.concat([prefix, last, ABOVE]),
  }));
  const sorted = sort.length === 0 || order !== undefined;
  return { plan: { index, ranges, descending: order === 'backward', sorted, fixed: equalities }, score };
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
  const isConstant = ({ path }: KeyField): boolean =>
    fields.slice(0, fixed).some((field, place) => field.path === path && !metArray(arrays, place));
  const wanted = sort.filter((field) => !isConstant(field));
  const offered = fields.slice(fixed);
  const isOffered = ({ path }: KeyField, at: number): boolean =>
    offered[at]?.path === path && !metArray(arrays, fixed + at);
  if (!wanted.every(isOffered)) return undefined;
  const turned = wanted.filter(({ descending }, position) => offered[position]?.descending !== descending);
  if (turned.length === 0) return 'forward';
  return turned.length === wanted.length ? 'backward' : undefined;
}

/** A sparse or partial index may be used only when the filter excludes everything it leaves out. */
function coversAllMatches(definition: IndexDefinition, conditions: readonly Condition[]): boolean {
  if (definition.sparse) {
    const paths = new Set(definition.fields.map(({ path }) => path));
    if (!conditions.some((condition) => paths.has(condition.path) && excludesMissing(condition.hint)))
      return false;
  }
  return definition.partial.every((needed) =>
    conditions.some((given) => given.path === needed.path && implies(given, needed)),
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
