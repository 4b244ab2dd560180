import { isDeepStrictEqual } from 'node:util';
import type { mongo, Schema } from 'mongoose';
import { MODELS } from '../models.js';
import { isSuperseded } from './superseded-indexes.js';

interface FoundIndex extends IndexRules {
  readonly name: string;
}

/** Of an index, what decides which documents it holds and what it keeps out. */
interface IndexRules {
  readonly key: Readonly<Record<string, unknown>>;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly partialFilterExpression?: object;
  readonly expireAfterSeconds?: number;
}

/** An index that a schema declares. */
export interface ExpectedIndex extends IndexRules {
  readonly collection: string;
  readonly name: string;
}

/** One that is not there as it was declared. */
export interface MissingIndex {
  readonly index: ExpectedIndex;
  /** `different`: one over the same fields has other rules · `other-lifetime`: one has the same, but for when its documents go. */
  readonly state: 'missing' | 'different' | 'other-lifetime';
  /** The name of the one with another lifetime. */
  readonly instead?: string;
}

/** MongoDB's answer to what is asked of a collection that does not exist. */
const NAMESPACE_NOT_FOUND = 26;

/** Every index of every collection. */
export function expectedIndexes(): ExpectedIndex[] {
  return MODELS.flatMap(({ schema }) => {
    const collection = String((schema as Schema).get('collection'));
    return (schema as Schema).indexes().map(([key, options]): ExpectedIndex => {
      const { name, unique, sparse, partialFilterExpression, expireAfterSeconds } = options;
      return {
        collection,
        // The name that the driver would make.
        name: name ?? Object.entries(key).flat().join('_'),
        key,
        ...(unique === true ? { unique } : {}),
        ...(sparse === true ? { sparse } : {}),
        ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
        ...(typeof expireAfterSeconds === 'number' ? { expireAfterSeconds } : {}),
      };
    });
  });
}

/** Whether more than speed rests on what is missing. Another lifetime, of a version before or yet to come, is none that a server may not run with. */
export function isCriticallyMissing({ index, state }: MissingIndex): boolean {
  return state !== 'other-lifetime' && isCritical(index);
}

/** Whether more than speed rests on it: what is unique, what is in a partial index at all, and what goes by itself. */
export function isCritical({ unique, partialFilterExpression, expireAfterSeconds }: ExpectedIndex): boolean {
  return unique === true || partialFilterExpression !== undefined || expireAfterSeconds !== undefined;
}

/** What `collection: name` of an index looks like in messages. */
export function titleOf({ collection, name }: ExpectedIndex): string {
  return `${collection}: ${name}`;
}

/** Asks every collection of these for its indexes, once each. @returns those that are not there as declared */
export async function findMissing(db: mongo.Db, expected: readonly ExpectedIndex[]): Promise<MissingIndex[]> {
  const collections = [...new Set(expected.map(({ collection }) => collection))];
  const found = new Map<string, readonly FoundIndex[]>();
  for (const collection of collections) found.set(collection, await indexesOf(db, collection));
  return expected.flatMap((index): MissingIndex[] => {
    const overItsFields = (found.get(index.collection) ?? []).filter(
      (one) => isSameKey(one.key, index.key) && !isSuperseded(index.collection, one),
    );
    if (overItsFields.some((one) => hasSameRules(one, index))) return [];
    // Two may be over the same fields, when one of them is partial.
    const others = expected.filter((other) => isOver(other, index));
    const same = overItsFields.filter((one) => !others.some((other) => hasSameRules(one, other)));
    if (same.length === 0) return [{ index, state: 'missing' }];
    const { expireAfterSeconds } = index;
    const instead = same.find((one) => isTtl(one) && hasSameRules({ ...one, expireAfterSeconds }, index));
    if (instead === undefined || !isTtl(index)) return [{ index, state: 'different' }];
    return [{ index, state: 'other-lifetime', instead: instead.name }];
  });
}

const isTtl = ({ expireAfterSeconds }: IndexRules): boolean => expireAfterSeconds !== undefined;

/** Those that a collection has; none where there is no such collection. */
export async function indexesOf(db: mongo.Db, collection: string): Promise<readonly FoundIndex[]> {
  try {
    const found: unknown = await db.collection(collection).listIndexes().toArray();
    return found as readonly FoundIndex[];
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}

const isOver = (other: ExpectedIndex, { collection, key }: ExpectedIndex): boolean =>
  other.collection === collection && isSameKey(other.key, key);

/** The order of the fields counts. */
function isSameKey(a: IndexRules['key'], b: IndexRules['key']): boolean {
  return isDeepStrictEqual(Object.entries(a), Object.entries(b));
}

function hasSameRules(a: IndexRules, b: IndexRules): boolean {
  return (
    (a.unique ?? false) === (b.unique ?? false) &&
    (a.sparse ?? false) === (b.sparse ?? false) &&
    a.expireAfterSeconds === b.expireAfterSeconds &&
    isDeepStrictEqual(a.partialFilterExpression, b.partialFilterExpression)
  );
}
