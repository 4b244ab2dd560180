/** Of the file's first page: what stands before its tree. */
const FILE_HEADER_BYTES = 100;
/** What a page that is part of a tree begins with: inner and leaf pages of indexes and of tables. */
const INNER_PAGES: readonly number[] = [2, 5];
const LEAF_PAGES: readonly number[] = [10, 13];
const INNER_HEADER_BYTES = 12;
const LEAF_HEADER_BYTES = 8;
/** Of a free block: where the next one is, and how long this one is. */
const FREE_BLOCK_HEADER_BYTES = 4;
/** Pages that hold the rest of a long row begin with the number of the next, whose first byte is 0 below this. */
export const FIRST_AMBIGUOUS_PAGE = 2 * 2 ** 24;

/**
 * Overwrites the bytes of a page that belong to nothing. `secure_delete` overwrites a row where it is when it is deleted, but not where it was before: a page that
 * was filled or split keeps copies of rows that have moved, between its index and its content (https://www.sqlite.org/fileformat2.html#b_tree_pages).
 * @param number from 1 @returns whether anything was there
 */
export function overwriteUnused(page: Buffer, number: number): boolean {
  // Where the page's own header is.
  const start = number === 1 ? FILE_HEADER_BYTES : 0;
  const kind = page[start] ?? 0;
  const isInner = INNER_PAGES.includes(kind);
  if (!isInner && !LEAF_PAGES.includes(kind)) return false;
  const cells = page.readUInt16BE(start + 3);
  // Zero stands for 65536, which no page of ours is long enough for.
  const content = page.readUInt16BE(start + 5);
  const gap = start + (isInner ? INNER_HEADER_BYTES : LEAF_HEADER_BYTES) + 2 * cells;
  if (content < gap || content > page.length) return false;
  let found = zero(page, gap, content);
  for (let block = page.readUInt16BE(start + 1), last = 0; block > last && block <= page.length - 4;) {
    const size = page.readUInt16BE(block + 2);
    if (zero(page, block + FREE_BLOCK_HEADER_BYTES, Math.min(block + size, page.length))) found = true;
    last = block;
    block = page.readUInt16BE(block);
  }
  return found;
}

function zero(page: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    if (page[at] === 0) continue;
    page.fill(0, at, to);
    return true;
  }
  return false;
}
