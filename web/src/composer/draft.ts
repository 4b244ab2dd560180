import { useEffect, useRef, useState, type Dispatch, type SetStateAction } from 'react';
import { ownStorage } from '../own-storage.js';

const KEY = 'tollgate.draft';

/** What is being written: kept when a login ends under it, and there again behind the next sign-in. */
export function useDraft(): [text: string, setText: Dispatch<SetStateAction<string>>] {
  const [text, setText] = useState(() => ownStorage.getItem(KEY) ?? '');
  const latest = useRef(text);
  useEffect(() => {
    latest.current = text;
  });
  useEffect(() => {
    forgetDraft();
    return () => {
      try {
        if (latest.current.trim() !== '') ownStorage.setItem(KEY, latest.current);
      } catch {
        // A full or closed storage: it has to be written again.
      }
    };
  }, []);
  return [text, setText];
}

/** It is for nobody else who signs in. */
export function forgetDraft(): void {
  ownStorage.removeItem(KEY);
}
