import type { Document, Value } from '../bson/values.js';
import type { Catalog } from '../engine/catalog.js';
import { CommandError } from '../errors.js';
import { Arguments } from '../engine/arguments.js';
import type { CommandContext } from './context.js';
/** What the statements of updates and deletes may say. */
export declare const UPDATE_OPTIONS: readonly ["q", "u", "multi", "upsert"];
export declare const DELETE_OPTIONS: readonly ["q", "limit"];
/** The collection that is written to; it need not be there. */
export interface Target {
    readonly catalog: Catalog;
    readonly database: string;
    readonly collection: string;
}
/** What one write has done. */
export interface WriteResult {
    /** Documents inserted, found by an update, or deleted. */
    readonly n: number;
    readonly modified?: number;
    /** The id of the document that an update inserted, which `n` counts. */
    readonly upserted?: Value;
    /** The last document that was found, as it was, and the last that was written. */
    readonly before?: Document;
    readonly after?: Document;
}
/** One write, understood but not run. */
export type Write = () => WriteResult;
/** The documents of a write command, from its body or from the sequence beside it. */
export declare function statements(context: CommandContext, args: Arguments, field: string): readonly Document[];
/**
 * Understands all writes before the first one is made, because what is not supported must leave nothing behind; then makes them in order. One that is
 * refused is, when `ordered`, the last one tried.
 * @returns what became of each that was tried
 * @throws CommandError 115 for what is outside the subset: that undoes the whole command
 */
export declare function runWrites(given: readonly Document[], ordered: boolean, parse: (each: Document) => Write): (WriteResult | CommandError)[];
export declare function insertOf({ catalog, database, collection }: Target, given: Document): Write;
/** @throws CommandError for what is malformed or outside the subset */
export declare function updateOf({ catalog, database, collection }: Target, statement: Document): Write;
/** @throws CommandError for what is malformed or outside the subset */
export declare function deleteOf({ catalog, database, collection }: Target, statement: Document): Write;
