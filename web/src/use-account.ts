import { useCallback, useEffect, useState } from 'react';
import type { Balance, Chatflow, Session, User } from '../../src/client/index.js';
import { tollgate } from './tollgate.js';

const SESSIONS_SHOWN = 50;

export interface Account {
  readonly user: User | undefined;
  readonly balance: Balance | undefined;
  readonly sessions: readonly Session[] | undefined;
  /** What the user may ask. */
  readonly chatflows: readonly Chatflow[];
  /** Reads balance and sessions again; what can't be read stays as it was. */
  readonly reload: () => void;
}

/** What the sidebar shows of the user. */
export function useAccount(): Account {
  const [user, setUser] = useState<User>();
  const [balance, setBalance] = useState<Balance>();
  const [chatflows, setChatflows] = useState<readonly Chatflow[]>([]);
  const [sessions, setSessions] = useState<readonly Session[]>();

  const reload = useCallback(() => {
    const keep = (): void => undefined;
    tollgate.accounting.balance().then(setBalance, keep);
    tollgate.sessions.list({ limit: SESSIONS_SHOWN }).then(({ data }) => {
      setSessions(data);
    }, keep);
  }, []);

  useEffect(() => {
    const keep = (): void => undefined;
    tollgate.me().then(setUser, keep);
    tollgate.chatflows.list().then(setChatflows, keep);
    reload();
  }, [reload]);
  return { user, balance, sessions, chatflows, reload };
}
