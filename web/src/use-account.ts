import { useCallback, useEffect, useState } from 'react';
import type { Balance, Session, User } from '../../src/client/index.js';
import { tollgate } from './tollgate.js';

const SESSIONS_SHOWN = 50;

export interface Account {
  readonly user: User | undefined;
  readonly balance: Balance | undefined;
  readonly sessions: readonly Session[] | undefined;
  /** Reads balance and sessions again; what can't be read stays as it was. */
  readonly reload: () => void;
}

/** What the sidebar shows of the user. */
export function useAccount(): Account {
  const [user, setUser] = useState<User>();
  const [balance, setBalance] = useState<Balance>();
  const [sessions, setSessions] = useState<readonly Session[]>();

  const reload = useCallback(() => {
    const keep = (): void => undefined;
    tollgate.accounting.balance().then(setBalance, keep);
    tollgate.sessions.list({ limit: SESSIONS_SHOWN }).then(({ data }) => {
      setSessions(data);
    }, keep);
  }, []);

  useEffect(() => {
    tollgate.me().then(setUser, () => undefined);
    reload();
  }, [reload]);
  return { user, balance, sessions, reload };
}
