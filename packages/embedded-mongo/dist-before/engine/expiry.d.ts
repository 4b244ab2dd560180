import type { Catalog } from './catalog.js';
import type { Collection, FoundDocument } from './collection.js';
/** The documents whose indexed date (the earliest of an array) is past its TTL. Values that are no dates never expire. */
export declare function expiredDocuments(catalog: Catalog, now: number): {
    collection: Collection;
    found: FoundDocument;
}[];
