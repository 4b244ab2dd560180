import type { Document } from '../bson/values.js';
import { type KeyField } from './index/keys.js';
/**
 * Bytes that order documents: of an array, ascending order takes its least element and descending its greatest.
 * @throws CommandError 171 for parallel arrays
 */
export declare function sortKeyOf(document: Document, fields: readonly KeyField[]): Buffer;
/** Sorts stably; with a limit only that many are kept in memory. @throws CommandError 292 above 100 MB */
export declare function sortDocuments<T extends {
    readonly document: Document;
    readonly bytes: Buffer;
}>(items: Iterable<T>, fields: readonly KeyField[], limit?: number): T[];
