import { useCallback, useRef, useState } from 'react';
import type { Session } from '@tollgate/client';
import { tollgate } from '../tollgate.js';

const PAGE = 50;

export interface Sessions {
  /** Newest first, as far as they were read; undefined until they were. */
  readonly sessions: readonly Session[] | undefined;
  readonly hasMore: boolean;
  /** Reads the newest again. @throws TollgateError */
  readonly reload: () => Promise<void>;
  /** Reads the next older ones; does nothing while it does. Never rejects. */
  readonly loadMore: () => Promise<void>;
}

/** The list of conversations, page by page as somebody scrolls. */
export function useSessions(): Sessions {
  const [sessions, setSessions] = useState<readonly Session[]>();
  /** Of the next older page; null when there is none. */
  const [cursor, setCursor] = useState<string | null>(null);
  const isLoading = useRef(false);
  const depth = useRef(0);

  const reload = useCallback(async () => {
    const { data, next_cursor } = await tollgate.sessions.list({ limit: PAGE });
    setSessions((known) => withNewest(data, known ?? [], next_cursor !== null));
    // Deeper pages are behind a cursor of their own, which stays good.
    if (depth.current === 0 || next_cursor === null) setCursor(next_cursor);
  }, []);

  const loadMore = useCallback(async () => {
    if (cursor === null || isLoading.current) return;
    isLoading.current = true;
    try {
      const { data, next_cursor } = await tollgate.sessions.list({ limit: PAGE, after: cursor });
      depth.current += 1;
      setSessions((known = []) => [...known, ...without(data, known)]);
      setCursor(next_cursor);
    } catch {
      // Scrolling further tries again.
    } finally {
      isLoading.current = false;
    }
  }, [cursor]);

  return { sessions, hasMore: cursor !== null, reload, loadMore };
}

/** The newest as they are now, and of those known before the ones that are older than all of them. */
function withNewest(
  newest: readonly Session[],
  known: readonly Session[],
  hasMore: boolean,
): readonly Session[] {
  const oldest = newest.at(-1)?.updatedAt;
  if (!hasMore || oldest === undefined) return newest;
  return [...newest, ...without(known, newest).filter(({ updatedAt }) => updatedAt <= oldest)];
}

function without(sessions: readonly Session[], others: readonly Session[]): readonly Session[] {
  const ids = new Set(others.map(({ id }) => id));
  return sessions.filter(({ id }) => !ids.has(id));
}
