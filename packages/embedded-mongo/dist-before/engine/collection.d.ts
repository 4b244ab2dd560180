import { type Document } from '../bson/values.js';
import type { RecordBytes } from '../store/rows.js';
import type { SqliteStore } from '../store/sqlite-store.js';
import type { DecodedDocuments } from './decoded-documents.js';
import type { Filter } from './filter/filter.js';
import type { OpenIndex, Plan } from './index/planner.js';
/** A document with its place and the record it came from. */
export interface FoundDocument extends RecordBytes {
    readonly id: number;
    readonly document: Document;
}
/** What a query looked at to find what it returns. */
export interface Examined {
    keys: number;
    documents: number;
}
/** One collection's documents and index entries, which it keeps in agreement. */
export declare class Collection {
    private readonly store;
    readonly database: string;
    readonly name: string;
    readonly space: number;
    readonly indexes: OpenIndex[];
    /** Called when another field of an index has met an array, to remember it. */
    private readonly onArrays;
    private readonly decoded;
    /** Set when the collection is gone; cursors on it end with an error. */
    dropped: boolean;
    private nextId;
    constructor(store: SqliteStore, database: string, name: string, space: number, indexes: OpenIndex[], 
    /** Called when another field of an index has met an array, to remember it. */
    onArrays: (collection: Collection) => void, decoded: DecodedDocuments);
    /** Of its documents' bytes. */
    get size(): number;
    get namespace(): string;
    /** Takes the indexes as they are stored, after a failed write. */
    restore(indexes: readonly OpenIndex[]): void;
    /** Adds a document that has an `_id`. @throws CommandError 11000 before anything is written */
    insert(document: Document): void;
    /** Puts `document` in the place of `found`; returns whether anything changed. @throws CommandError 11000 before anything is written */
    replace(found: FoundDocument, document: Document): boolean;
    delete(found: FoundDocument): void;
    /** What becomes of the indexes when a document takes the place of another. @throws CommandError 11000 for a value that another document has */
    private indexChanges;
    private indexChange;
    private changeEntries;
    /** Removes all documents at once; returns how many there were. */
    clear(): number;
    get(id: number): FoundDocument | undefined;
    /** The documents that match, each once, in the order of the plan. @param examined counts what had to be looked at */
    find(plan: Plan, filter: Filter, examined?: Examined): IterableIterator<FoundDocument>;
    /** As many as the documents of an exact plan, of which none is read. */
    keys({ index, ranges }: Plan): IterableIterator<Buffer>;
    private all;
    private byIndex;
    /** Fills a new index from the documents there are. @throws CommandError 11000 when they break it */
    build(index: OpenIndex): void;
    private assertAlive;
    private assertUnique;
    private duplicateKey;
}
