import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** Within this many pixels of the end a reader wants to see what comes. */
const NEAR_END_PX = 80;

export interface Following {
  /** The reader has left the end. */
  readonly isAway: boolean;
  readonly onScroll: () => void;
  /** Goes to the end and stays there. */
  readonly follow: () => void;
}

/**
 * Keeps the end of a list in sight for as long as its reader is there: whatever makes it grow, a token, a formula that was drawn, a picture. Only
 * a reader who scrolls up leaves the end; a list that grows under one does not.
 */
export function useFollowing(
  list: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
): Following {
  const [isAway, setAway] = useState(false);
  const isFollowing = useRef(true);
  const lastTop = useRef(0);

  const toEnd = useCallback((): void => {
    const { current } = list;
    if (current === null) return;
    current.scrollTop = current.scrollHeight;
    lastTop.current = current.scrollTop;
  }, [list]);

  useEffect(() => {
    const { current } = content;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      if (isFollowing.current) toEnd();
    });
    observer.observe(current);
    if (list.current !== null) observer.observe(list.current);
    return () => {
      observer.disconnect();
    };
  }, [content, list, toEnd]);

  const onScroll = useCallback((): void => {
    const { current } = list;
    if (current === null) return;
    const { scrollTop, scrollHeight, clientHeight } = current;
    const isNearEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (isNearEnd) isFollowing.current = true;
    else if (scrollTop < lastTop.current - 1) isFollowing.current = false;
    lastTop.current = scrollTop;
    setAway(!isFollowing.current);
  }, [list]);

  const follow = useCallback((): void => {
    isFollowing.current = true;
    setAway(false);
    toEnd();
  }, [toEnd]);

  return { isAway, onScroll, follow };
}
