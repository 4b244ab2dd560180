import { useCallback, useEffect, useState, type ReactNode } from 'react';
import type { AttachedFile, Session } from '@tollgate/client';
import type { Chat } from '@tollgate/client/react';
import { useAccount } from '../account/use-account.js';
import { Composer } from '../composer/composer.js';
import type { Texts } from '../i18n/en.js';
import { useTexts } from '../i18n/i18n.js';
import { showConversation, useRoute } from '../routes.js';
import { exportSession } from '../sidebar/export-session.js';
import { Sidebar } from '../sidebar/sidebar.js';
import { signOut } from '../sign-in/session.js';
import { ChatBar } from './chat-bar.js';
import { fileTypesOf, useChatflowChoice } from './chatflow-choice.js';
import { Dialogs, type OpenDialog } from './dialogs.js';
import { MessageList } from './message-list.js';
import { withShown } from './running-sessions.js';
import { useAnnouncement } from './use-announcement.js';
import { useConversation } from './use-conversation.js';
import { Welcome } from './welcome.js';

/** Everything that somebody who is signed in sees. */
export function ChatPage(): ReactNode {
  const texts = useTexts();
  const { conversationId } = useRoute();
  const account = useAccount();
  const { reload, chatflows, reloadChatflows } = account;
  const [isMenuOpen, setMenuOpen] = useState(false);
  const [dialog, setDialog] = useState<OpenDialog>();
  const [asked, setAsked] = useState('');
  const [notice, setNotice] = useState<string>();
  const [own, setOwn] = useState<string>();
  const [isBegun, setBegun] = useState(false);
  const { chatflowId, chatflow, choose } = useChatflowChoice(chatflows, own, isBegun);
  const isClosed = chatflow?.disabled === true;
  const { chat, actions, wantedId } = useConversation(chatflowId, isClosed, reload);
  const { messages, isLoading, isRestoring, error } = chat;
  const last = messages.at(-1);
  const announcement = useAnnouncement(last);

  const sessions = withShown(account.sessions, chat);
  const session = sessions?.find(({ id }) => id === conversationId) ?? chat.session;
  const title = conversationId === undefined ? undefined : session?.topic;
  const belongsTo = conversationId === undefined ? undefined : (chat.chatflowId ?? session?.chatflowId);
  useEffect(() => {
    setOwn(belongsTo === '' ? undefined : belongsTo);
  }, [belongsTo]);
  useEffect(() => {
    setBegun(messages.length > 0);
  }, [messages.length]);
  useEffect(() => {
    document.title = title === undefined ? 'Tollgate' : `${title} · Tollgate`;
  }, [title]);

  const lost = last?.status === 'failed' || last?.status === 'stopped' ? last.id : undefined;
  useEffect(() => {
    // It may have been disabled meanwhile.
    if (lost !== undefined) reloadChatflows();
  }, [lost, reloadChatflows]);

  const isGone = error?.is('not_found') === true && messages.length === 0;
  const isBusyElsewhere = error?.is('turn_in_progress') === true;
  // A conversation that is being read belongs to a chatflow that is not known yet: nothing is asked, and nothing charged, before it is.
  const isUnknown = conversationId !== undefined && belongsTo === undefined && !isLoading;

  const closeMenu = useCallback(() => {
    setMenuOpen(false);
  }, []);
  function show(id: string | undefined, messageId?: string): void {
    closeMenu();
    setNotice(undefined);
    if (id === undefined) chat.clearMessages();
    // One that is left while it is answered stays in the list, and is watched there.
    reload();
    showConversation(id, messageId);
  }
  function ask(question: string, attachments: readonly AttachedFile[] = []): void {
    setAsked(question);
    chat.sendMessage(question, attachments);
  }
  function save(exported: Session, format: 'markdown' | 'json'): void {
    exportSession(exported, format, texts).catch((failure: unknown) => {
      setNotice(failure instanceof Error ? failure.message : String(failure));
    });
  }

  return (
    <div className="page">
      <Sidebar
        account={{ ...account, sessions }}
        conversationId={conversationId}
        isOpen={isMenuOpen}
        onNew={() => {
          show(undefined);
        }}
        onClose={closeMenu}
        onShow={show}
        onRename={(renamed) => {
          setDialog({ kind: 'rename', session: renamed });
        }}
        onExport={save}
        onDelete={(deleted) => {
          setDialog({ kind: 'delete', session: deleted });
        }}
        onUsage={() => {
          closeMenu();
          setDialog({ kind: 'usage' });
        }}
        onSettings={() => {
          closeMenu();
          setDialog({ kind: 'settings' });
        }}
        onSignOut={() => {
          void signOut();
        }}
      />
      {isMenuOpen && <div className="backdrop" onClick={closeMenu} />}
      <main className="chat" inert={isMenuOpen}>
        <ChatBar
          title={title}
          balance={account.balance}
          chatflows={chatflows}
          chatflowId={chatflowId}
          isFixed={conversationId !== undefined}
          isMenuOpen={isMenuOpen}
          onMenu={() => {
            setMenuOpen(!isMenuOpen);
          }}
          onChoose={choose}
        />
        {isGone ? (
          <div className="welcome">
            <h2>{texts.gone}</h2>
          </div>
        ) : messages.length === 0 && !isRestoring ? (
          <Welcome chatflow={chatflow} onAsk={ask} />
        ) : (
          <MessageList
            key={messages[0]?.id}
            messages={messages}
            isBusy={isLoading}
            pause={pauseOf(chat, texts)}
            actions={actions}
            wantedId={wantedId}
          />
        )}
        <div className="composer-frame">
          {isClosed && (
            <p className="notice" role="status">
              {texts.disabledNow(chatflow.name)}
            </p>
          )}
          {(isBusyElsewhere || notice !== undefined) && (
            <p className="notice" role="status">
              {isBusyElsewhere ? texts.busyElsewhere : notice}
            </p>
          )}
          <Composer
            isLoading={isLoading}
            isBlocked={isUnknown}
            isClosed={isClosed}
            chatflowId={chatflowId}
            fileTypes={fileTypesOf(chatflow)}
            onSend={ask}
            onStop={() => {
              void chat.stopGeneration();
            }}
            returned={isBusyElsewhere ? asked : undefined}
          />
          <p className="price">
            {chatflow === undefined ? ' ' : texts.price(chatflow.name, chatflow.price.credits)}
            {chatflow?.retentionDays !== undefined && ` · ${texts.keptFor(chatflow.retentionDays)}`}
          </p>
        </div>
      </main>
      <div className="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </div>
      <Dialogs
        open={dialog}
        balance={account.balance}
        onClose={() => {
          setDialog(undefined);
        }}
        onRenamed={() => {
          reload();
          void chat.refresh();
        }}
        onDeleted={({ id }) => {
          if (id === conversationId) show(undefined);
          else reload();
        }}
      />
    </div>
  );
}

function pauseOf({ isReconnecting, isServerBusy }: Chat, texts: Texts): string | undefined {
  if (!isReconnecting) return undefined;
  return isServerBusy ? texts.waitingForPlace : texts.reconnecting;
}
