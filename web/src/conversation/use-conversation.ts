import { useEffect, useMemo, useRef } from 'react';
import { useChat, type Chat } from '@tollgate/client/react';
import type { MessageActions } from '../message/message-actions.js';
import { showConversation, useRoute } from '../routes.js';
import { ownStorage } from '../own-storage.js';
import { tellTabs } from '../tabs.js';
import { tollgate } from '../tollgate.js';
import { useRefreshes } from './use-refreshes.js';

/** A title that a model makes comes some seconds after the first answer. */
const TITLE_MS = [3000, 8000] as const;

export interface PageConversation {
  readonly chat: Chat;
  readonly actions: MessageActions;
  /** A message that the address names. */
  readonly wantedId: string | undefined;
}

/** The conversation that the address names, kept up with other tabs. @param isClosed nothing can be asked in it */
export function useConversation(chatflowId: string, isClosed: boolean, reload: () => void): PageConversation {
  const { conversationId, messageId } = useRoute();
  const chat = useChat({
    client: tollgate,
    chatflowId,
    conversationId,
    storage: ownStorage,
    onConversationCreated: (created) => {
      showConversation(created, undefined, 'replace');
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
  const { answer, edit, regenerate, retry, showBranch, rate, refresh } = chat;
  const actions = useMemo(
    () => ({ answer, edit, regenerate, retry, showBranch, rate, isClosed }),
    [answer, edit, regenerate, retry, showBranch, rate, isClosed],
  );
  useRefreshes(conversationId, refresh, reload);
  useTitles(chat, reload);
  useWanted(chat, messageId);
  return { chat, actions, wantedId: messageId };
}

/** Looks again for the title of a conversation that has just had its first answer. */
function useTitles({ messages, isLoading }: Chat, reload: () => void): void {
  const hasFirst = !isLoading && messages.length === 2 && messages[1]?.status === 'completed';
  const isNew = useRef(false);
  useEffect(() => {
    if (isLoading && messages.length === 2) isNew.current = true;
  }, [isLoading, messages.length]);
  useEffect(() => {
    if (!hasFirst || !isNew.current) return;
    isNew.current = false;
    const timers = TITLE_MS.map((delay) => setTimeout(reload, delay));
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }, [hasFirst, reload]);
}

/** A message that stands in another branch than the one that is shown brings its branch along. */
function useWanted(
  { messages, isRestoring, isLoading, showBranch }: Chat,
  wantedId: string | undefined,
): void {
  const tried = useRef<string>(undefined);
  const isThere = messages.some(({ messageId }) => messageId === wantedId);
  const isReady = messages.length > 0 && !isRestoring && !isLoading;
  useEffect(() => {
    if (wantedId === undefined || isThere || !isReady || tried.current === wantedId) return;
    tried.current = wantedId;
    void showBranch(wantedId);
  }, [wantedId, isThere, isReady, showBranch]);
}
