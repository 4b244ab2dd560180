import type { Collection, Examined, FoundDocument } from '../engine/collection.js';
import type { Filter } from '../engine/filter/filter.js';
import type { KeyField } from '../engine/index/keys.js';
export interface SelectOptions {
    readonly filter: Filter;
    readonly sort?: readonly KeyField[];
    /** 0 is the same as none. */
    readonly limit?: number | undefined;
    /** Counts what had to be looked at. */
    readonly examined?: Examined;
}
/** The documents of a query in its order; nothing is read before the first is asked for. */
export declare function select(collection: Collection, { filter, sort, limit, examined }: SelectOptions): IterableIterator<FoundDocument>;
