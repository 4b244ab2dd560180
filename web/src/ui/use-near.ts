import { useEffect, useRef, useState, type RefObject } from 'react';

/** Whether an element is in sight, or nearly. @param margin how far beyond the window counts, CSS pixels */
export function useNear(element: RefObject<Element | null>, margin: number, isWatched = true): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (current === null || !isWatched) return;
    const observer = new IntersectionObserver(
      (entries) => {
        setNear(entries.at(-1)?.isIntersecting === true);
      },
      { root: current.closest('[data-scrolls]'), rootMargin: `${margin}px 0px` },
    );
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element, margin, isWatched]);
  return isNear;
}

/** Calls back whenever an element comes near; again when `key` changes while it still is. */
export function useWhenNear(element: RefObject<Element | null>, key: unknown, callback: () => void): void {
  const isNear = useNear(element, 400);
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => {
    if (isNear) latest.current();
  }, [isNear, key]);
}
