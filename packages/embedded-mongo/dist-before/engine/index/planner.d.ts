import type { EntryRange } from '../../store/rows.js';
import type { Filter } from '../filter/filter.js';
import type { IndexDefinition } from './definition.js';
import { type ArrayFields, type KeyField } from './keys.js';
/** An index with what its entries need: where they are, and in which of its fields any document had an array. */
export interface OpenIndex {
    readonly definition: IndexDefinition;
    readonly space: number;
    arrays: ArrayFields;
}
/** How to find the candidates of a filter; every candidate is still checked against the whole filter. */
export interface Plan {
    /** Undefined means all records, in insertion order. */
    readonly index: OpenIndex | undefined;
    readonly ranges: readonly EntryRange[];
    readonly descending: boolean;
    /** Whether the candidates come in the order asked for. */
    readonly sorted: boolean;
    /** Whether the ranges hold one entry of each document that matches and none besides: to be counted, none of them has to be read. */
    readonly exact: boolean;
}
/** Chooses the index that narrows the filter most, or gives the order asked for. */
export declare function planQuery(filter: Filter, sort: readonly KeyField[], indexes: readonly OpenIndex[]): Plan;
