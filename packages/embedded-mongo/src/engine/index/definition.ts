import { documentOf, int32, type Document } from '../../bson/values.js';
import { badValue, unsupported } from '../../errors.js';
import { Arguments } from '../arguments.js';
import { parseFilter } from '../filter/parse.js';
import type { Condition } from '../filter/filter.js';
import { encodeKey, keysOf, parsePattern, type KeyField, type KeyPart, type KeySet } from './keys.js';

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
  /** What documents must satisfy to have entries: equalities, and that fields are there. */
  readonly partial: readonly Condition[];
  /** Seconds after the indexed date at which documents expire. */
  readonly expireAfterSeconds: number | undefined;
}

/** What the specification of an index may say. */
export const INDEX_OPTIONS = [
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
] as const;
/** MongoDB's own bound for the fields of one index. */
const MAX_FIELDS = 32;
const MAX_EXPIRY_SECONDS = 2 ** 31 - 1;

/** Understands one entry of `createIndexes`. @throws CommandError for what MongoDB refuses, 115 for what is outside the subset */
export function parseIndex(given: Document): IndexDefinition {
  const args = new Arguments(given, 'an index', INDEX_OPTIONS);
  const pattern = args.document('key');
  const fields = parsePattern(pattern);
  if (fields.length === 0 || fields.length > MAX_FIELDS) throw badValue('Index keys have 1 to 32 fields');
  const isId = fields.length === 1 && pattern.has('_id');
  const name = isId ? '_id_' : args.string('name');
  const [unique, sparse] = [args.flag('unique'), args.flag('sparse')];
  const filter = given.has('partialFilterExpression') ? args.document('partialFilterExpression') : undefined;
  if (filter && sparse) throw badValue('cannot mix "partialFilterExpression" and "sparse" options');
  const partial = filter ? partialConditions(filter) : [];
  const expireAfterSeconds = args.count('expireAfterSeconds');
  if (
    expireAfterSeconds !== undefined &&
    (isId || fields.length > 1 || expireAfterSeconds > MAX_EXPIRY_SECONDS)
  )
    throw badValue('TTL indexes have one field, not _id, and up to 2^31 - 1 seconds');
  return {
    name,
    specification: documentOf({
      v: int32(args.count('v') ?? 2),
      key: new Map(fields.map(({ path, descending }) => [path, int32(descending ? -1 : 1)])),
      name,
      unique: unique && !isId ? true : undefined,
      sparse: sparse ? true : undefined,
      partialFilterExpression: filter,
      expireAfterSeconds: expireAfterSeconds === undefined ? undefined : int32(expireAfterSeconds),
    }),
    fields,
    roots: [...fields, ...partial].map(({ parts }) => parts[0] ?? ''),
    unique: unique || isId,
    sparse,
    partial,
    expireAfterSeconds,
  };
}

/** The conditions of a partial index: equality and `$exists: true`. */
function partialConditions(filter: Document): readonly Condition[] {
  const { required, isComplete } = parseFilter(filter);
  if (isComplete && required.every(({ hint }) => hint?.operator === '$eq' || hint?.operator === '$exists'))
    return required;
  throw unsupported('conditions in partial indexes but equality and $exists: true');
}

/** The values of a document's keys, of which several may be the same; none when a sparse or partial index leaves it out. */
export function tuplesOf(index: IndexDefinition, document: Document): KeySet {
  if (!index.partial.every((condition) => condition.matches(document))) return { tuples: [], arrays: 0 };
  const keys = keysOf(document, index.fields);
  if (!index.sparse) return keys;
  return { ...keys, tuples: keys.tuples.filter((tuple) => tuple.some((part) => part !== undefined)) };
}

/** The distinct keys of the tuples. */
export function entriesOf(index: IndexDefinition, tuples: readonly KeyPart[][]): readonly Buffer[] {
  if (tuples.length === 1 && tuples[0]) return [encodeKey(tuples[0], index.fields)];
  const keys = tuples.map((tuple) => encodeKey(tuple, index.fields));
  return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()];
}
