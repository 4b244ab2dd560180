import { useCallback, useEffect, useRef, useState } from 'react';
import { TollgateError, type Balance, type Chatflow, type Session, type User } from '@tollgate/client';
import { tollgate } from './tollgate.js';

const SESSIONS_SHOWN = 50;
const RETRY_MS = 3000;

export interface Account {
  readonly user: User | undefined;
  readonly balance: Balance | undefined;
  readonly sessions: readonly Session[] | undefined;
  /** What the user may ask. */
  readonly chatflows: readonly Chatflow[];
  /** Reads balance and sessions again, later once more while the server can't be reached. */
  readonly reload: () => void;
}

/** What the sidebar shows of the user. */
export function useAccount(): Account {
  const [user, setUser] = useState<User>();
  const [balance, setBalance] = useState<Balance>();
  const [chatflows, setChatflows] = useState<readonly Chatflow[]>([]);
  const [sessions, setSessions] = useState<readonly Session[]>();

  const retryTimer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const reload = useCallback(() => {
    clearTimeout(retryTimer.current);
    Promise.all([tollgate.accounting.balance(), tollgate.sessions.list({ limit: SESSIONS_SHOWN })]).then(
      ([read, { data }]) => {
        setBalance(read);
        setSessions(data);
      },
      (error: unknown) => {
        // A server that restarts would leave old numbers standing.
        if (!(error instanceof TollgateError) || !error.isRetryable) return;
        clearTimeout(retryTimer.current);
        retryTimer.current = setTimeout(reload, RETRY_MS);
      },
    );
  }, []);

  useEffect(() => {
    const keep = (): void => undefined;
    tollgate.me().then(setUser, keep);
    tollgate.chatflows.list().then(setChatflows, keep);
    reload();
    return () => {
      clearTimeout(retryTimer.current);
    };
  }, [reload]);
  return { user, balance, sessions, chatflows, reload };
}
