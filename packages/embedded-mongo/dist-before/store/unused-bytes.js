import { explained } from './sqlite-connection.js';
/** Of the file's first page: what stands before its tree. */
const FILE_HEADER_BYTES = 100;
/** What a page that is part of a tree begins with: inner and leaf pages of indexes and of tables. */
const INNER_PAGES = [2, 5];
const LEAF_PAGES = [10, 13];
const INNER_HEADER_BYTES = 12;
const LEAF_HEADER_BYTES = 8;
/** Of a free block: where the next one is, and how long this one is. */
const FREE_BLOCK_HEADER_BYTES = 4;
/** Pages that hold the rest of a long row begin with the number of the next, whose first byte is 0 below this. */
const FIRST_AMBIGUOUS_PAGE = 2 * 2 ** 24;
/**
 * The bytes of the file that belong to nothing. `secure_delete` overwrites a row where it is when it is deleted, but not where it was before: a page that
 * was filled or split keeps copies of rows that have moved, between its index and its content (https://www.sqlite.org/fileformat2.html#b_tree_pages).
 */
export class UnusedBytes {
    sizes;
    pages;
    overwrite;
    constructor(connection) {
        this.sizes = connection.prepare('PRAGMA page_count').raw(true);
        this.pages = connection
            .prepare('SELECT pgno, data FROM sqlite_dbpage WHERE pgno >= ? AND pgno < ? ORDER BY pgno')
            .raw(true);
        this.overwrite = connection.prepare('UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?');
    }
    /**
     * Overwrites those of some pages, within the open transaction.
     * @param first from 1
     * @returns the page to go on with; `undefined` at the end of the file
     */
    overwriteIn(first, count) {
        return explained(() => {
            const [total] = this.sizes.get([]);
            if (total >= FIRST_AMBIGUOUS_PAGE)
                throw new Error('the file is too large to be looked through');
            const next = Math.min(first + count, total + 1);
            for (const row of this.pages.all([first, next])) {
                const [number, page] = row;
                if (overwriteUnused(page, number === 1 ? FILE_HEADER_BYTES : 0))
                    this.overwrite.run([page, number]);
            }
            return next > total ? undefined : next;
        });
    }
}
/** @param start where the page's own header is @returns whether anything was there */
export function overwriteUnused(page, start) {
    const kind = page[start] ?? 0;
    const isInner = INNER_PAGES.includes(kind);
    if (!isInner && !LEAF_PAGES.includes(kind))
        return false;
    const cells = page.readUInt16BE(start + 3);
    // Zero stands for 65536, which no page of ours is long enough for.
    const content = page.readUInt16BE(start + 5);
    const gap = start + (isInner ? INNER_HEADER_BYTES : LEAF_HEADER_BYTES) + 2 * cells;
    if (content < gap || content > page.length)
        return false;
    let found = zero(page, gap, content);
    for (let block = page.readUInt16BE(start + 1), last = 0; block > last && block <= page.length - 4;) {
        const size = page.readUInt16BE(block + 2);
        if (zero(page, block + FREE_BLOCK_HEADER_BYTES, Math.min(block + size, page.length)))
            found = true;
        last = block;
        block = page.readUInt16BE(block);
    }
    return found;
}
function zero(page, from, to) {
    for (let at = from; at < to; at += 1) {
        if (page[at] === 0)
            continue;
        page.fill(0, at, to);
        return true;
    }
    return false;
}
//# sourceMappingURL=unused-bytes.js.map