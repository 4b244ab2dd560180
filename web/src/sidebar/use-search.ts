import { useCallback, useEffect, useRef, useState } from 'react';
import { TollgateError, type SearchResult } from '@tollgate/client';
import { tollgate } from '../tollgate.js';

/** Somebody who types is not asked for after every letter. */
const TYPING_MS = 250;
/** Pages in a row that may be empty before it waits for somebody to ask for more. */
const MAX_EMPTY_PAGES = 5;

export interface Search {
  /** By conversation; undefined until the first answer. */
  readonly results: readonly SearchResult[] | undefined;
  readonly isSearching: boolean;
  readonly error: TollgateError | undefined;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
}

/** @param query not blank */
export function useSearch(query: string): Search {
  const [results, setResults] = useState<readonly SearchResult[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [isSearching, setSearching] = useState(true);
  const [error, setError] = useState<TollgateError>();
  const controller = useRef<AbortController>(undefined);

  const run = useCallback(
    async (after: string | undefined): Promise<void> => {
      controller.current?.abort();
      const { signal } = (controller.current = new AbortController());
      setSearching(true);
      try {
        let next = after;
        for (let page = 0; page < MAX_EMPTY_PAGES; page += 1) {
          const found = await tollgate.search.find(query, { after: next }, signal);
          const isFirst = after === undefined && page === 0;
          setResults((known = []) => joined(isFirst ? [] : known, found.data));
          setCursor(found.next_cursor);
          next = found.next_cursor ?? undefined;
          if (found.data.length > 0 || next === undefined) break;
        }
        setError(undefined);
        setSearching(false);
      } catch (failure) {
        if (signal.aborted) return;
        setError(failure instanceof TollgateError ? failure : undefined);
        setSearching(false);
      }
    },
    [query],
  );

  useEffect(() => {
    const timer = setTimeout(() => void run(undefined), TYPING_MS);
    return () => {
      clearTimeout(timer);
      controller.current?.abort();
    };
  }, [run]);

  const loadMore = useCallback(() => {
    if (cursor !== null) void run(cursor);
  }, [cursor, run]);
  return { results, isSearching, error, hasMore: cursor !== null, loadMore };
}

/** A conversation with many matches comes again on later pages. */
function joined(known: readonly SearchResult[], more: readonly SearchResult[]): readonly SearchResult[] {
  const bySession = new Map(known.map((result) => [result.session.id, result]));
  for (const result of more) {
    const before = bySession.get(result.session.id);
    const matches = [...(before?.matches ?? []), ...result.matches];
    bySession.set(result.session.id, { ...(before ?? result), matches });
  }
  return [...bySession.values()];
}
