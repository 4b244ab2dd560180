import { type Connection } from './sqlite-connection.js';
/**
 * The bytes of the file that belong to nothing. `secure_delete` overwrites a row where it is when it is deleted, but not where it was before: a page that
 * was filled or split keeps copies of rows that have moved, between its index and its content (https://www.sqlite.org/fileformat2.html#b_tree_pages).
 */
export declare class UnusedBytes {
    private readonly sizes;
    private readonly pages;
    private readonly overwrite;
    constructor(connection: Connection);
    /**
     * Overwrites those of some pages, within the open transaction.
     * @param first from 1
     * @returns the page to go on with; `undefined` at the end of the file
     */
    overwriteIn(first: number, count: number): number | undefined;
}
/** @param start where the page's own header is @returns whether anything was there */
export declare function overwriteUnused(page: Buffer, start: number): boolean;
