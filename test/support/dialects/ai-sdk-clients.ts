import { createRequire } from 'node:module';
import type * as AiReactModule from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import type * as ReactModule from 'react';
import type { ClientSetup, DialectClient, Seen } from './dialect-client.js';
import { openPage, until } from './page.js';

const require = createRequire(import.meta.url);

export const newTransport = ({ url, token, chatflowId }: ClientSetup): DefaultChatTransport<UIMessage> =>
  new DefaultChatTransport({
    api: `${url}/api/chat`,
    headers: { Authorization: `Bearer ${token}` },
    body: { chatflowId },
  });

/** The text of a message as a page shows it. */
export const textOf = (message: UIMessage | undefined): string =>
  (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');

const answerOf = (messages: readonly UIMessage[]): string =>
  textOf(messages.find(({ role }) => role === 'assistant'));

/** `Chat` without a page around it. */
export function newChat(setup: ClientSetup, id?: string): AiReactModule.Chat<UIMessage> {
  const { Chat } = require('@ai-sdk/react') as typeof AiReactModule;
  return new Chat({ transport: newTransport(setup), ...(id === undefined ? {} : { id }) });
}

export const aiSdkChat: DialectClient = {
  name: 'ai 6, Chat with DefaultChatTransport',
  streams: true,
  async ask(setup, question, onText) {
    const chat = newChat(setup);
    const stop = chat['~registerMessagesCallback'](() => onText?.(answerOf(chat.messages)));
    await chat.sendMessage({ text: question });
    stop();
    return seenOf(chat.messages, chat.error);
  },
};

export const aiSdkHook: DialectClient = {
  name: '@ai-sdk/react 3, useChat',
  streams: true,
  async ask(setup, question, onText) {
    const page = openPage();
    const { useChat } = require('@ai-sdk/react') as typeof AiReactModule;
    const transport = newTransport(setup);
    const shown: { chat?: ReturnType<typeof useChat> } = {};
    page.show((): ReactModule.ReactNode => {
      shown.chat = useChat({ transport });
      onText?.(answerOf(shown.chat.messages));
      return null;
    });
    await until(() => shown.chat !== undefined);
    await shown.chat?.sendMessage({ text: question });
    await until(() => shown.chat?.status === 'ready' || shown.chat?.status === 'error');
    const { messages = [], error } = shown.chat ?? {};
    page.close();
    return seenOf(messages, error);
  },
};

function seenOf(messages: readonly UIMessage[], error: Error | undefined): Seen {
  return { text: answerOf(messages), ...(error === undefined ? {} : { error: error.message }) };
}
