/** One page of a list, as every list of the API answers it. */
export interface PageOf<Item> {
  readonly data: Item[];
  readonly has_more: boolean;
  /** For the query's `after`; null on the last page. */
  readonly next_cursor: string | null;
}

/** @param next where the next page begins; none: this is the last */
export function pageOf<Item>(data: Item[], next: string | null | undefined): PageOf<Item> {
  return { data, has_more: typeof next === 'string', next_cursor: next ?? null };
}

/** Of a list without a second page. @param hasMore whether there is more than the page may hold, which is not shown */
export function onlyPageOf<Item>(
  data: Item[],
  hasMore = false,
): PageOf<Item> & { readonly next_cursor: null } {
  return { data, has_more: hasMore, next_cursor: null };
}
