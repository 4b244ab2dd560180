import type { SqliteStore } from '../store/sqlite-store.js';
import { Collection } from './collection.js';
import { type IndexDefinition } from './index/definition.js';
import type { OpenIndex } from './index/planner.js';
/** All collections of all databases. Names and definitions live in the store's metas and here in memory. */
export declare class Catalog {
    private readonly store;
    private readonly collections;
    private readonly spaces;
    private readonly decoded;
    constructor(store: SqliteStore);
    /** Forgets what is not in the store. Collections that are still as they were stay the same objects, so that cursors go on. */
    reload(): void;
    find(database: string, name: string): Collection | undefined;
    /** The collection, made when it is not there, as MongoDB does at the first write. */
    ensure(database: string, name: string): Collection;
    create(database: string, name: string): Collection;
    drop(collection: Collection): void;
    addIndex(collection: Collection, definition: IndexDefinition): void;
    dropIndex(collection: Collection, index: OpenIndex): void;
    /** Database names in order; databases exist through their collections. */
    databases(): string[];
    collectionsOf(database: string): Collection[];
    all(): Iterable<Collection>;
    private save;
    private open;
    private add;
    private knownSpace;
    private takeSpace;
    private releaseSpace;
}
