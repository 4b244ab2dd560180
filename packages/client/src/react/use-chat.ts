import { useEffect, useState, useSyncExternalStore } from 'react';
import {
  Conversation,
  type ConversationOptions,
  type ConversationState,
  type HumanAnswer,
} from './conversation.js';
import type { AttachedFile } from '../api/types.js';

export interface UseChatOptions extends ConversationOptions {
  /** The conversation to show, with the turn that runs in it; a new one when it is left out. */
  readonly conversationId?: string;
}

export interface Chat extends ConversationState {
  /** @param attachments what `client.attachments.upload` gave */
  readonly sendMessage: (question: string, attachments?: readonly AttachedFile[]) => void;
  /** Answers what an agent asks (`inputRequest` of the last message). */
  readonly answer: (input: HumanAnswer) => Promise<void>;
  /** Asks a question in other words: a branch. @param id of a message of the user */
  readonly edit: (id: string, question: string) => void;
  /** Asks for another answer: a branch. @param id of an answer */
  readonly regenerate: (id: string) => void;
  /** Shows another branch; undefined: the one that was asked last. */
  readonly showBranch: (messageId: string | undefined) => Promise<void>;
  /** Says what the reader thinks of an answer; undefined takes it back. @throws TollgateError */
  readonly rate: (id: string, rating: 'up' | 'down' | undefined, comment?: string) => Promise<void>;
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
  const [refresh] = useState(() => () => conversation.refresh());
  const { sendMessage, answer, edit, regenerate, showBranch, rate } = conversation;
  const { stopGeneration, clearMessages, retry } = conversation;
  const asking = { sendMessage, answer, edit, regenerate, stopGeneration, retry };
  return { ...state, ...asking, showBranch, rate, clearMessages, refresh };
}
