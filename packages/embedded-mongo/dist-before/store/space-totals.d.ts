import { type Connection } from './sqlite-connection.js';
/** What a keyspace must add up to: a row that vanished or came twice shows as a difference. */
export interface Totals {
    count: number;
    size: number;
    /** All row checksums added modulo 2^48, so that it does not depend on order. */
    sum: number;
}
/** Of a keyspace without rows. */
export declare const NO_TOTALS: Readonly<Totals>;
/** The row beside those of the keyspaces that counts the commits. */
export declare const COMMITS_ROW = -1;
/** The checksum of the totals' own row. */
export declare function totalsChecksum(space: number, totals: Totals): number;
/** Adds one row to totals, or takes it away (`sign` -1). */
export declare function addToTotals(totals: Totals, checksum: number, size: number, sign: 1 | -1): void;
/** The totals of every keyspace: read once, changed in memory, written with the batch that changed them. */
export declare class SpaceTotals {
    private readonly totals;
    private readonly changed;
    private readonly undo;
    /** How many batches have changed anything, this one included once it is flushed. */
    commits: number;
    private readonly sql;
    constructor(connection: Connection);
    /** Forgets what is not in the file. */
    reload(): void;
    of(space: number): Readonly<Totals>;
    /** Bytes of all rows. */
    size(): number;
    change(space: number, checksum: number, size: number, sign: 1 | -1): void;
    drop(space: number): void;
    /** Begins remembering what `restore` puts back. */
    mark(): void;
    /** Returns whether there was anything to restore. */
    restore(): boolean;
    /** Writes every change into the open batch. */
    flush(): void;
    private put;
    private touch;
}
