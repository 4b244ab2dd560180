import { useCallback, useEffect, useRef, useState } from 'react';
import { readWebConfig, type WebConfig } from '../tollgate.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export interface SignInMethodsRead {
  readonly config?: WebConfig;
  /** Why they are not known, until they are. */
  readonly problem?: unknown;
  /** Asks again now. */
  readonly read: () => void;
}

/** How people sign in here. Where that can't be read it is asked again, with growing pauses, and when the network is back. */
export function useSignInMethods(): SignInMethodsRead {
  const [config, setConfig] = useState<WebConfig>();
  const [problem, setProblem] = useState<unknown>();
  const pause = useRef(FIRST_PAUSE_MS);
  const timer = useRef<number>(undefined);
  /** The latest attempt: of earlier ones nobody wants to know any more. */
  const latest = useRef(0);

  const read = useCallback(() => {
    window.clearTimeout(timer.current);
    const attempt = (latest.current += 1);
    readWebConfig().then(
      (found) => {
        if (attempt !== latest.current) return;
        setConfig(found);
        setProblem(undefined);
      },
      (error: unknown) => {
        if (attempt !== latest.current) return;
        setProblem(error);
        timer.current = window.setTimeout(read, pause.current);
        pause.current = Math.min(2 * pause.current, LONGEST_PAUSE_MS);
      },
    );
  }, []);
  const isKnown = config !== undefined;
  useEffect(() => {
    if (isKnown) return undefined;
    read();
    window.addEventListener('online', read);
    return () => {
      window.removeEventListener('online', read);
      window.clearTimeout(timer.current);
      latest.current += 1;
    };
  }, [isKnown, read]);
  return { ...(config === undefined ? {} : { config }), problem, read };
}
