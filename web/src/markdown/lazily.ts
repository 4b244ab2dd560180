import { useEffect, useSyncExternalStore } from 'react';

/** A hook that gives a part of the page, fetched once it is needed; undefined until it is there. */
export type UseLazily<T> = (isNeeded: boolean) => T | undefined;

/** What cannot be fetched (a new version of the page was deployed, the network is away) is tried again when it is next needed. */
export function lazily<T>(load: () => Promise<T>): UseLazily<T> {
  let loaded: T | undefined;
  let loading: Promise<void> | undefined;
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const read = (): T | undefined => loaded;
  const begin = (): void => {
    loading ??= load().then(
      (value) => {
        loaded = value;
        for (const listener of listeners) listener();
      },
      () => {
        loading = undefined;
      },
    );
  };
  return function useLoaded(isNeeded) {
    useEffect(() => {
      if (isNeeded) begin();
    }, [isNeeded]);
    return useSyncExternalStore(subscribe, read);
  };
}
