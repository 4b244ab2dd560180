import type { ReactNode } from 'react';
import type { Session } from '@tollgate/client';
import { Icon, Logo } from './icons.js';
import { ThemeToggle } from './theme-toggle.js';
import type { Account } from './use-account.js';

interface SidebarProps {
  readonly account: Account;
  readonly conversationId: string | undefined;
  readonly isOpen: boolean;
  readonly onShow: (conversationId: string | undefined) => void;
  readonly onDelete: (session: Session) => void;
  readonly onUsage: () => void;
  readonly onSignOut: () => void;
}

/** Conversations, credits and account. */
export function Sidebar({
  account,
  conversationId,
  isOpen,
  onShow,
  onDelete,
  onUsage,
  onSignOut,
}: SidebarProps): ReactNode {
  const { sessions, balance, user } = account;
  return (
    <aside className="sidebar" id="sidebar" data-open={isOpen}>
      <div className="brand">
        <Logo />
        <h1>Tollgate</h1>
        <ThemeToggle />
      </div>
      <button
        className="button new-chat"
        type="button"
        onClick={() => {
          onShow(undefined);
        }}
      >
        <Icon name="plus" /> New chat
      </button>
      <nav aria-label="Conversations">
        {sessions?.length === 0 && <p className="hint">Your conversations will be listed here.</p>}
        <ul>
          {sessions?.map((session) => (
            <li key={session.id} data-current={session.id === conversationId}>
              <button
                type="button"
                aria-current={session.id === conversationId ? 'page' : undefined}
                onClick={() => {
                  onShow(session.id);
                }}
              >
                {session.topic}
              </button>
              <button
                type="button"
                className="delete"
                aria-label={`Delete “${session.topic}”`}
                onClick={() => {
                  onDelete(session);
                }}
              >
                <Icon name="trash" />
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <footer>
        <button className="balance" type="button" onClick={onUsage} aria-haspopup="dialog">
          <span>
            <strong data-testid="balance">{balance?.available ?? '–'}</strong> credits
            {balance !== undefined && balance.held > 0 && <em> · {balance.held} held</em>}
          </span>
          <span className="link">
            <Icon name="chart" /> Usage
          </span>
        </button>
        <div className="user">
          <span title={user?.email}>{user?.email ?? user?.userId ?? ''}</span>
          <button className="button icon-only" type="button" aria-label="Sign out" onClick={onSignOut}>
            <Icon name="leave" />
          </button>
        </div>
      </footer>
    </aside>
  );
}
