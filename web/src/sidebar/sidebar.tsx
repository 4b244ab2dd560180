import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Session } from '@tollgate/client';
import type { Account } from '../account/use-account.js';
import { useTexts } from '../i18n/i18n.js';
import { Icon, Logo } from '../ui/icons.js';
import { ThemeToggle } from '../ui/theme-toggle.js';
import { AccountFooter } from './account-footer.js';
import { SearchField } from './search-field.js';
import { SearchResults } from './search-results.js';
import { SessionList } from './session-list.js';

/** What can be done to a conversation from the list. */
export interface SessionActions {
  readonly onShow: (conversationId: string, messageId?: string) => void;
  readonly onRename: (session: Session) => void;
  readonly onExport: (session: Session, format: 'markdown' | 'json') => void;
  readonly onDelete: (session: Session) => void;
}

interface SidebarProps extends SessionActions {
  readonly account: Account;
  readonly conversationId: string | undefined;
  readonly isOpen: boolean;
  readonly onNew: () => void;
  readonly onClose: () => void;
  readonly onUsage: () => void;
  readonly onSettings: () => void;
  readonly onSignOut: () => void;
}

/** Conversations, search, credits and account. */
export function Sidebar({
  account,
  conversationId,
  isOpen,
  onNew,
  onClose,
  onUsage,
  onSettings,
  onSignOut,
  ...actions
}: SidebarProps): ReactNode {
  const texts = useTexts();
  const [query, setQuery] = useState('');
  const newChat = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    newChat.current?.focus();
    const onKeyDown = ({ key, defaultPrevented }: KeyboardEvent): void => {
      if (key === 'Escape' && !defaultPrevented && document.querySelector('dialog[open]') === null) onClose();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, [isOpen, onClose]);

  return (
    <aside className="sidebar" id="sidebar" data-open={isOpen}>
      <div className="brand">
        <Logo />
        <h1>Tollgate</h1>
        <ThemeToggle />
      </div>
      <button ref={newChat} className="button new-chat" type="button" onClick={onNew}>
        <Icon name="plus" /> {texts.newChat}
      </button>
      <SearchField query={query} onChange={setQuery} />
      {query.trim() === '' ? (
        <SessionList
          sessions={account.sessions}
          hasMore={account.hasMore}
          onMore={() => void account.loadMore()}
          conversationId={conversationId}
          {...actions}
        />
      ) : (
        <SearchResults query={query.trim()} conversationId={conversationId} onShow={actions.onShow} />
      )}
      <AccountFooter account={account} onUsage={onUsage} onSettings={onSettings} onSignOut={onSignOut} />
    </aside>
  );
}
