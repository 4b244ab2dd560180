import { useEffect, useState, useSyncExternalStore } from 'react';
import { Conversation, type ConversationOptions, type ConversationState } from './conversation.js';

export interface UseChatOptions extends ConversationOptions {
  /** The conversation to show, with the turn that runs in it; a new one when it is left out. */
  readonly conversationId?: string;
}

export interface Chat extends ConversationState {
  readonly sendMessage: (question: string) => void;
  readonly stopGeneration: () => Promise<void>;
  readonly clearMessages: () => void;
  readonly retry: () => void;
  /** Looks for what other tabs or devices have said since. */
  readonly refresh: () => Promise<void>;
}

/**
 * A conversation as React state. Leaving the page or unmounting does not end a running turn; mounting with its `conversationId` goes on with it.
 *
 * ```tsx
 * const { messages, sendMessage, stopGeneration, isLoading } = useChat({ client });
 * ```
 */
export function useChat({ conversationId, ...options }: UseChatOptions): Chat {
  const [conversation] = useState(() => new Conversation(options));
  const state = useSyncExternalStore(conversation.subscribe, conversation.getState, conversation.getState);
  useEffect(() => {
    conversation.options = options;
  });
  useEffect(() => {
    void conversation.open(conversationId);
  }, [conversation, conversationId]);
  useEffect(
    () => () => {
      conversation.close();
    },
    [conversation],
  );
  const { sendMessage, stopGeneration, clearMessages, retry } = conversation;
  const [refresh] = useState(() => () => conversation.refresh());
  return { ...state, sendMessage, stopGeneration, clearMessages, retry, refresh };
}
