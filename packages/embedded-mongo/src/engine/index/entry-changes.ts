import { compareValues } from '../../bson/key.js';
import { sharedEnds } from '../../bson/encode-changed.js';
import type { Document } from '../../bson/values.js';
import { entriesOf, tuplesOf, type IndexDefinition } from './definition.js';
import { EMPTY_ARRAY, type ArrayFields, type KeyPart } from './keys.js';

/** What becomes of an index's entries when a document changes: their keys. */
export interface EntryChanges {
  readonly removed: readonly Buffer[];
  readonly added: readonly Buffer[];
  readonly arrays: ArrayFields;
  /** Whether there is an Int64 among its values now. */
  readonly hasLongs: boolean;
}

type Tuple = readonly KeyPart[];
const NOTHING = { tuples: [], arrays: 0 };

/**
 * The entries that one document had and the other has not, and the other way round. Of a long array only what was taken out and put in becomes
 * keys: elements that both documents share are the same values.
 * @throws CommandError 171 for parallel arrays
 */
export function entryChanges(
  index: IndexDefinition,
  before: Document | undefined,
  after: Document | undefined,
): EntryChanges {
  const old = before ? tuplesOf(index, before).tuples : [];
  const { tuples, arrays } = after ? tuplesOf(index, after) : NOTHING;
  const hasLongs = tuples.some(hasLong);
  if (old.length === 0 || tuples.length === 0)
    return { removed: entriesOf(index, old), added: entriesOf(index, tuples), arrays, hasLongs };
  const [head, tail] = sharedEnds(old, tuples, isShared);
  const kept = [...old.slice(0, head), ...old.slice(old.length - tail)];
  const isChange = (tuple: Tuple): boolean => !kept.some((each) => sameKey(each, tuple));
  const gone = entriesOf(index, old.slice(head, old.length - tail).filter(isChange));
  const come = entriesOf(index, tuples.slice(head, tuples.length - tail).filter(isChange));
  return { removed: without(gone, come), added: without(come, gone), arrays, hasLongs };
}

function hasLong(tuple: Tuple): boolean {
  return tuple.some((part) => typeof part === 'bigint');
}

function without(keys: readonly Buffer[], others: readonly Buffer[]): readonly Buffer[] {
  return others.length === 0 ? keys : keys.filter((key) => !others.some((other) => other.equals(key)));
}

function isShared(left: Tuple = [], right: Tuple = []): boolean {
  return left.every((part, position) => Object.is(part, right[position]));
}

function sameKey(left: Tuple, right: Tuple): boolean {
  return left.every((part, position) => samePart(part, right[position]));
}

function samePart(left: KeyPart, right: KeyPart): boolean {
  if (left === EMPTY_ARRAY || right === EMPTY_ARRAY) return left === right;
  return compareValues(left ?? null, right ?? null) === 0;
}
