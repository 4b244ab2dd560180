import { isTruthy, toDouble } from '../../bson/numbers.js';
import { documentOf, isDocument, isNumber, type Document, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { parseFilter } from '../filter/parse.js';
import { matches } from '../filter/match.js';
import type { Condition, FilterNode } from '../filter/node.js';
import {
  encodeKey,
  keyField,
  keysOf,
  MISSING,
  type ArrayFields,
  type KeyField,
  type KeyPart,
  type KeySet,
} from './keys.js';

/** An index of a collection, as parsed from its specification. */
export interface IndexDefinition {
  readonly name: string;
  /** What listIndexes shows: `v`, `key`, `name` and the options given. */
  readonly specification: Document;
  readonly fields: readonly KeyField[];
  /** The fields of a document that its entries, and whether it has any, depend on. */
  readonly roots: readonly string[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: FilterNode | undefined;
  /** Seconds after the indexed date at which documents expire. */
  readonly expireAfterSeconds: number | undefined;
}

export interface IndexEntry {
  readonly key: Buffer;
  readonly tuple: readonly KeyPart[];
}

/** What the specification of an index may say. */
export const INDEX_OPTIONS: ReadonlySet<string> = new Set([
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
]);
/** MongoDB's own bound for the fields of one index. */
const MAX_FIELDS = 32;

const cannot = (message: string): CommandError => new CommandError('CannotCreateIndex', message);

/** Understands one entry of `createIndexes`. @throws CommandError for what MongoDB refuses, 115 for what is outside the subset */
export function parseIndex(specification: Document): IndexDefinition {
  for (const option of specification.keys())
    if (!INDEX_OPTIONS.has(option)) throw unsupported(`the index option ${option}`);
  const pattern = specification.get('key');
  if (!isDocument(pattern) || pattern.size === 0) throw cannot('Index keys cannot be empty.');
  if (pattern.size > MAX_FIELDS) throw cannot('Index key pattern has too many fields.');
  const fields = [...pattern].map(([path, direction]) => parseKeyField(path, direction));
  const isId = pattern.size === 1 && pattern.has('_id');
  const name = isId ? '_id_' : specification.get('name');
  if (typeof name !== 'string' || name === '')
    throw new CommandError('TypeMismatch', "The field 'name' must be a non-empty string");
  const unique = isId || isTruthy(specification.get('unique'));
  const sparse = isTruthy(specification.get('sparse'));
  const filter = specification.get('partialFilterExpression');
  if (filter !== undefined && !isDocument(filter))
    throw cannot("'partialFilterExpression' for an index has to be a document");
  if (filter && sparse) throw cannot('cannot mix "partialFilterExpression" and "sparse" options');
  const partial = filter && parseFilter(filter);
  return {
    name,
    specification: documentOf({
      v: specification.get('v') ?? 2,
      key: pattern,
      name,
      unique: unique && !isId ? true : undefined,
      sparse: sparse ? true : undefined,
      partialFilterExpression: filter,
      expireAfterSeconds: specification.get('expireAfterSeconds'),
    }),
    fields,
    roots: [...fields, ...(partial ? partialConditions(partial) : [])].map(({ parts }) => parts[0] ?? ''),
    unique,
    sparse,
    partial,
    expireAfterSeconds: parseExpiry(specification.get('expireAfterSeconds'), fields),
  };
}

function parseKeyField(path: string, direction: Value): KeyField {
  if (typeof direction === 'string') throw unsupported(`${direction} indexes`);
  if (!isNumber(direction) || !(toDouble(direction) > 0 || toDouble(direction) < 0)) {
    throw cannot(`Values in v:2 index key pattern must be numbers other than 0 or strings. Field: ${path}`);
  }
  const parts = path.split('.');
  if (path.includes('$**')) throw unsupported('wildcard indexes');
  if (parts.some((part) => part === '')) throw cannot('Index keys cannot contain an empty field.');
  if (parts.some((part) => part.startsWith('$')))
    throw cannot("Index key contains an illegal field name: field name starts with '$'.");
  return keyField(path, toDouble(direction) < 0);
}

/** The conditions of a partial index: equality and `$exists: true`. */
function partialConditions(node: FilterNode): readonly Condition[] {
  if (node.kind === 'and') return node.children.flatMap(partialConditions);
  if (node.kind === 'condition' && (node.hint?.operator === '$eq' || node.hint?.operator === '$exists'))
    return [node];
  throw unsupported('conditions in partial indexes but equality and $exists: true');
}

function parseExpiry(value: Value | undefined, fields: readonly KeyField[]): number | undefined {
  if (value === undefined) return undefined;
  if (!isNumber(value)) throw cannot("TTL index 'expireAfterSeconds' option must be numeric");
  const seconds = toDouble(value);
  if (!(seconds >= 0 && seconds <= 2147483647))
    throw cannot("TTL index 'expireAfterSeconds' option must be within an acceptable range");
  if (fields.length > 1)
    throw cannot('TTL indexes are single-field indexes, compound indexes do not support TTL');
  if (fields[0]?.path === '_id')
    throw cannot("The field 'expireAfterSeconds' is not valid for an _id index specification");
  return seconds;
}

/** The distinct entries a document has in the index; none when a sparse or partial index leaves it out. */
export function indexEntries(
  index: IndexDefinition,
  document: Document,
): { entries: readonly IndexEntry[]; arrays: ArrayFields } {
  const { tuples, arrays } = tuplesOf(index, document);
  return { entries: entriesOf(index, tuples), arrays };
}

/** The values of its keys, of which several may be the same. */
export function tuplesOf(index: IndexDefinition, document: Document): KeySet {
  if (index.partial && !matches(index.partial, document)) return { tuples: [], arrays: 0 };
  const keys = keysOf(document, index.fields);
  if (!index.sparse) return keys;
  return { ...keys, tuples: keys.tuples.filter((tuple) => tuple.some((part) => part !== MISSING)) };
}

/** The distinct entries of the tuples. */
export function entriesOf(index: IndexDefinition, tuples: readonly KeyPart[][]): readonly IndexEntry[] {
  if (tuples.length === 1 && tuples[0])
    return [{ tuple: tuples[0], key: encodeKey(tuples[0], index.fields) }];
  const entries = new Map<string, IndexEntry>();
  for (const tuple of tuples) {
    const key = encodeKey(tuple, index.fields);
    entries.set(key.toString('latin1'), { key, tuple });
  }
  return [...entries.values()];
}
