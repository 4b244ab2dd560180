import type { Document } from '../bson/values.js';
import type { RecordBytes } from '../store/rows.js';
/** A document and the record that says it. */
export interface Decoded {
    readonly record: RecordBytes;
    /** Nobody may change it. */
    readonly document: Document;
}
/**
 * The large documents that were written last, decoded: one that changes with every turn is not decoded each time. What is kept counts only
 * for exactly the bytes that the store has, so it can't be out of date, whatever was taken back meanwhile.
 */
export declare class DecodedDocuments {
    private readonly kept;
    private size;
    /** @param key of the record @returns what it was, which it need not be any more */
    find(key: number): Decoded | undefined;
    keep(key: number, decoded: Decoded): void;
    forget(key: number): void;
}
