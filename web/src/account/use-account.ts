import { useCallback, useEffect, useRef, useState } from 'react';
import { TollgateError, type Balance, type User } from '@tollgate/client';
import { tollgate } from '../tollgate.js';
import { useChatflows, type Chatflows } from './use-chatflows.js';
import { useSessions, type Sessions } from './use-sessions.js';

const RETRY_MS = 3000;
/** While an answer runs in a conversation that nobody looks at. */
const WATCH_MS = 2500;

export interface Account extends Omit<Sessions, 'reload'>, Chatflows {
  readonly user: User | undefined;
  readonly balance: Balance | undefined;
  /** Reads balance and conversations again, later once more while the server can't be reached. */
  readonly reload: () => void;
}

/** What the page shows of the user. */
export function useAccount(): Account {
  const [user, setUser] = useState<User>();
  const [balance, setBalance] = useState<Balance>();
  const chatflows = useChatflows();
  const { reload: reloadSessions, ...list } = useSessions();
  const retryTimer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const reload = useCallback(() => {
    clearTimeout(retryTimer.current);
    Promise.all([tollgate.accounting.balance(), reloadSessions()]).then(
      ([read]) => {
        setBalance(read);
      },
      (error: unknown) => {
        // A server that restarts would leave old numbers standing.
        if (!(error instanceof TollgateError) || !error.isRetryable) return;
        clearTimeout(retryTimer.current);
        retryTimer.current = setTimeout(reload, RETRY_MS);
      },
    );
  }, [reloadSessions]);

  useEffect(() => {
    const keep = (): void => undefined;
    tollgate.me().then(setUser, keep);
    reload();
    return () => {
      clearTimeout(retryTimer.current);
    };
  }, [reload]);

  const isAnyRunning = list.sessions?.some(({ activeTurnId }) => activeTurnId !== undefined) === true;
  useEffect(() => {
    if (!isAnyRunning) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, WATCH_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isAnyRunning, reload]);
  return { user, balance, reload, ...chatflows, ...list };
}
