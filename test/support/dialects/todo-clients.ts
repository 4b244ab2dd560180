import type * as ReactModule from 'react';
import { member, type DialectClient, type Seen } from './dialect-client.js';
import { openPage, until } from './page.js';
import { loadSource } from './todo/load-source.js';

interface ShownMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly isStreaming?: boolean;
}
interface ChatHook {
  readonly messages: readonly ShownMessage[];
  readonly isLoading: boolean;
  readonly conversationId?: unknown;
  sendMessage(content: string): Promise<void>;
  stopGeneration(): void;
}
interface HookModule {
  useChat(options: { conversationId?: string }): ChatHook;
}
interface ComponentModule {
  readonly StreamingMessage: ReactModule.ComponentType<{
    userId: string;
    message: string;
    token: string;
    onComplete: (response: string, conversationId: unknown) => void;
  }>;
}

const CANNOT = { files: 'the format has no place for them', resume: 'it asks anew' };

/** What its hook shows in place of an answer. */
const HOOK_FAILURE = 'Failed to get response';

/** The React hook of the todo assistant's page, as it is; each call asks once in a page of its own. */
export const todoHook: DialectClient = {
  name: 'todo assistant, React hook',
  streams: true,
  cannot: CANNOT,
  async ask(setup, question, { onText, session, signal } = {}) {
    process.env.NEXT_PUBLIC_API_URL = setup.url;
    const page = openPage();
    const { useChat } = loadSource<HookModule>('useChat.ts', {
      '@/stores/authStore': {
        useAuthStore: () => ({ user: { id: setup.userId }, token: setup.token }),
      },
    });
    const shown: { chat?: ChatHook } = {};
    page.show(() => {
      shown.chat = useChat(member('conversationId', session));
      onText?.(answerOf(shown.chat));
      return null;
    });
    await until(() => shown.chat !== undefined);
    signal?.addEventListener('abort', () => shown.chat?.stopGeneration());
    await shown.chat?.sendMessage(question);
    await until(() => shown.chat?.isLoading === false && shown.chat.messages.length > 1);
    const text = answerOf(shown.chat);
    page.close();
    return text === HOOK_FAILURE ? { text: '', error: text } : { text };
  },
};

/** The React component of the same page. */
export const todoComponent: DialectClient = {
  name: 'todo assistant, React component',
  streams: true,
  cannot: { ...CANNOT, sessions: 'each question is a conversation of its own' },
  async ask(setup, question, { onText, signal } = {}) {
    process.env.NEXT_PUBLIC_API_URL = setup.url;
    const page = openPage();
    const { StreamingMessage } = loadSource<ComponentModule>('StreamingMessage.tsx', {
      '@/lib/utils': { cn: (...names: unknown[]) => names.filter(Boolean).join(' ') },
    });
    const text = (): string => page.find('.prose')?.textContent ?? '';
    const failed = (): boolean => page.find('.text-destructive') !== null;
    const waits = (): boolean => page.find('.animate-pulse') !== null;
    const { userId, token } = setup;
    const onComplete = (): void => undefined;
    page.show(() =>
      page.React.createElement(StreamingMessage, { userId, token, message: question, onComplete }),
    );
    await until(waits);
    await until(() => {
      onText?.(text());
      return signal?.aborted === true || !waits();
    });
    const seen: Seen = failed() ? { text: '', error: text() } : { text: text() };
    page.close();
    return seen;
  },
};

function answerOf(chat: ChatHook | undefined): string {
  return chat?.messages.find(({ role }) => role === 'assistant')?.content ?? '';
}
