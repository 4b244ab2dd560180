import { useCallback, useEffect, useState } from 'react';
import { TollgateError } from '@tollgate/client';
import { readWebConfig, type WebConfig } from '../tollgate.js';

/** A server that starts, or is busy, is there again without anybody having to ask. */
const AGAIN_AFTER_MS = 3000;

export interface WebConfigReading {
  /** Absent until it is known. */
  readonly config: WebConfig | undefined;
  /** Why the last attempt to read it was in vain. */
  readonly problem: unknown;
  /** At once, instead of in a while. */
  readonly readAgain: () => void;
}

/** Reads which ways to sign in there are, again and again as long as the server can't be asked. */
export function useWebConfig(): WebConfigReading {
  const [config, setConfig] = useState<WebConfig>();
  const [problem, setProblem] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const readAgain = useCallback(() => {
    setAttempt((before) => before + 1);
  }, []);

  useEffect(() => {
    let isOver = false;
    let timer: number | undefined;
    readWebConfig().then(
      (found) => {
        if (isOver) return;
        setConfig(found);
        setProblem(undefined);
      },
      (error: unknown) => {
        if (isOver) return;
        setProblem(error);
        if (error instanceof TollgateError && error.isRetryable)
          timer = window.setTimeout(readAgain, AGAIN_AFTER_MS);
      },
    );
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [attempt, readAgain]);
  return { config, problem, readAgain };
}
