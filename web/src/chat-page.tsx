import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { Chatflow, Session } from '@tollgate/client';
import { useChat, type ConversationMessage } from '@tollgate/client/react';
import { Composer } from './composer.js';
import { Icon } from './icons.js';
import { MessageList } from './message-list.js';
import { showConversation, useConversationId } from './routes.js';
import { Sidebar } from './sidebar.js';
import { onTold, tellTabs } from './tabs.js';
import { onSignedOut, tollgate } from './tollgate.js';
import { UsageDialog } from './usage-dialog.js';
import { useAccount } from './use-account.js';
import { useAnnouncement } from './use-announcement.js';
import { Welcome } from './welcome.js';

/** Everything that somebody who is signed in sees. */
export function ChatPage(): ReactNode {
  const conversationId = useConversationId();
  const account = useAccount();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [isUsageOpen, setUsageOpen] = useState(false);
  const [asked, setAsked] = useState('');
  const { reload, chatflows } = account;
  const [chosenChatflow, setChosenChatflow] = useState<string>();

  const current = account.sessions?.find(({ id }) => id === conversationId);
  const chatflowId = current?.chatflowId ?? chosenChatflow ?? defaultChatflow(chatflows);

  const chat = useChat({
    client: tollgate,
    chatflowId,
    conversationId,
    storage: localStorage,
    onConversationCreated: (created) => {
      showConversation(created, 'replace');
    },
    onTurnStarted: (id) => {
      tellTabs(id);
      // The price is held now.
      reload();
    },
    onSettled: () => {
      reload();
      if (conversationId !== undefined) tellTabs(conversationId);
    },
  });
  const { messages, isLoading, error, refresh } = chat;
  const announcement = useAnnouncement(messages.at(-1));

  useRefreshes(conversationId, refresh, reload);

  const sessions = withRunning(account.sessions, conversationId, messages);
  const topic = sessions?.find(({ id }) => id === conversationId)?.topic;
  const isGone = error?.is('not_found') === true && messages.length === 0;
  const isBusyElsewhere = error?.is('turn_in_progress') === true;

  function show(id: string | undefined): void {
    setMenuOpen(false);
    if (id === undefined) chat.clearMessages();
    showConversation(id);
  }

  function ask(question: string): void {
    setAsked(question);
    chat.sendMessage(question);
  }

  async function remove(session: Session): Promise<void> {
    if (!window.confirm(`Delete “${session.topic}” with its messages?`)) return;
    try {
      await tollgate.sessions.delete(session.id);
      if (session.id === conversationId) show(undefined);
    } catch (failure) {
      window.alert(failure instanceof Error ? failure.message : String(failure));
    }
    reload();
  }

  return (
    <div className="page">
      <Sidebar
        account={{ ...account, sessions }}
        conversationId={conversationId}
        isOpen={isMenuOpen}
        onShow={show}
        onDelete={(session) => {
          void remove(session);
        }}
        onUsage={() => {
          setMenuOpen(false);
          setUsageOpen(true);
        }}
        onSignOut={() => {
          void tollgate.logout().then(() => {
            showConversation(undefined, 'replace');
            window.location.reload();
          });
        }}
      />
      {isMenuOpen && (
        <div
          className="backdrop"
          onClick={() => {
            setMenuOpen(false);
          }}
        />
      )}
      <main className="chat">
        <header className="bar">
          <button
            className="button icon-only menu"
            type="button"
            aria-label="Conversations"
            aria-expanded={isMenuOpen}
            aria-controls="sidebar"
            onClick={() => {
              setMenuOpen(!isMenuOpen);
            }}
          >
            <Icon name="menu" />
          </button>
          <h2>{topic ?? 'New chat'}</h2>
          {chatflows.length > 1 && (
            <select
              aria-label="Chatflow"
              value={chatflowId}
              disabled={conversationId !== undefined}
              onChange={(event) => {
                setChosenChatflow(event.target.value);
              }}
            >
              {chatflows.map(({ id, name, price }) => (
                <option key={id} value={id}>
                  {name} ({price.credits})
                </option>
              ))}
            </select>
          )}
          <span className="bar-balance" aria-hidden="true">
            {account.balance?.available ?? '–'} credits
          </span>
        </header>
        {isGone ? (
          <div className="welcome">
            <h2>This conversation does not exist.</h2>
          </div>
        ) : messages.length === 0 && !chat.isRestoring ? (
          <Welcome onAsk={ask} />
        ) : (
          <MessageList messages={messages} isReconnecting={chat.isReconnecting} onRetry={chat.retry} />
        )}
        <div className="composer-frame">
          {isBusyElsewhere && (
            <p className="notice" role="status">
              An answer is running in this conversation already. Your message is still here: send it when it
              has ended.
            </p>
          )}
          <Composer
            isLoading={isLoading}
            onSend={ask}
            onStop={() => {
              void chat.stopGeneration();
            }}
            returned={isBusyElsewhere ? asked : undefined}
          />
        </div>
      </main>
      <div className="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </div>
      {isUsageOpen && (
        <UsageDialog
          balance={account.balance}
          onClose={() => {
            setUsageOpen(false);
          }}
        />
      )}
    </div>
  );
}

/** A conversation is stored when its first answer has ended; it is listed before, under its question. */
function withRunning(
  sessions: readonly Session[] | undefined,
  conversationId: string | undefined,
  messages: readonly ConversationMessage[],
): readonly Session[] | undefined {
  const first = messages[0];
  const isListed = sessions?.some(({ id }) => id === conversationId) !== false;
  if (conversationId === undefined || isListed || first?.role !== 'user') return sessions;
  const now = new Date().toISOString();
  const running = { id: conversationId, topic: first.content, chatflowId: '', messageCount: 0 };
  return [{ ...running, createdAt: now, updatedAt: now }, ...(sessions ?? [])];
}

/** The built-in one where there is one. */
function defaultChatflow(chatflows: readonly Chatflow[]): string {
  const first = chatflows.find(({ id }) => id === 'assistant') ?? chatflows[0];
  return first?.id ?? 'assistant';
}

/** Looks for what was said elsewhere: when another tab tells, and when somebody comes back to this one. */
function useRefreshes(
  conversationId: string | undefined,
  refresh: () => Promise<void>,
  reload: () => void,
): void {
  const latest = useRef(conversationId);
  useEffect(() => {
    latest.current = conversationId;
  });
  useEffect(() => {
    const stopListening = onTold((told) => {
      reload();
      if (told === latest.current) void refresh();
    });
    const onVisible = (): void => {
      if (document.visibilityState !== 'visible') return;
      reload();
      void refresh();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      stopListening();
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [refresh, reload]);
  useEffect(
    () =>
      onSignedOut(() => {
        showConversation(undefined, 'replace');
      }),
    [],
  );
}
