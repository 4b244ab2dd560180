import { type Document } from '../../bson/values.js';
import type { Condition } from '../filter/filter.js';
import { type KeyField, type KeyPart, type KeySet } from './keys.js';
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
export interface IndexEntry {
    readonly key: Buffer;
    readonly tuple: readonly KeyPart[];
}
/** What the specification of an index may say. */
export declare const INDEX_OPTIONS: readonly ["v", "key", "name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds"];
/** Understands one entry of `createIndexes`. @throws CommandError for what MongoDB refuses, 115 for what is outside the subset */
export declare function parseIndex(given: Document): IndexDefinition;
/** The values of a document's keys, of which several may be the same; none when a sparse or partial index leaves it out. */
export declare function tuplesOf(index: IndexDefinition, document: Document): KeySet;
/** The distinct entries of the tuples. */
export declare function entriesOf(index: IndexDefinition, tuples: readonly KeyPart[][]): readonly IndexEntry[];
