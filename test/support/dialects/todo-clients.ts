import { createRequire } from 'node:module';
import type * as ReactModule from 'react';
import type * as ReactDomModule from 'react-dom/client';
import type { ClientSetup, DialectClient, Seen } from './dialect-client.js';
import { loadSource } from './todo/load-source.js';

// The page's sources are loaded as CommonJS; both must see the same React.
const require = createRequire(import.meta.url);
const load = <T>(name: string): T => require(name) as T;

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
}
interface HookModule {
  useChat(): ChatHook;
}
interface ComponentModule {
  readonly StreamingMessage: ReactModule.ComponentType<{
    userId: string;
    message: string;
    token: string;
    onComplete: (response: string, conversationId: unknown) => void;
  }>;
}

/** What its hook shows in place of an answer. */
const HOOK_FAILURE = 'Failed to get response';

/** The React hook of the todo assistant's page, as it is; each call asks once in a page of its own. */
export const todoHook: DialectClient = {
  name: 'todo assistant, React hook',
  streams: true,
  async ask(setup, question, onText) {
    const page = openPage(setup);
    const { useChat } = loadSource<HookModule>('useChat.ts', {
      '@/stores/authStore': {
        useAuthStore: () => ({ user: { id: setup.userId }, token: setup.token }),
      },
    });
    const shown: { chat?: ChatHook } = {};
    page.show(() => {
      shown.chat = useChat();
      onText?.(answerOf(shown.chat));
      return null;
    });
    await until(() => shown.chat !== undefined);
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
  async ask(setup, question, onText) {
    const page = openPage(setup);
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
      return !waits();
    });
    const seen: Seen = failed() ? { text: '', error: text() } : { text: text() };
    page.close();
    return seen;
  },
};

function answerOf(chat: ChatHook | undefined): string {
  return chat?.messages.find(({ role }) => role === 'assistant')?.content ?? '';
}

/** An empty page with React in it. */
function openPage({ url }: ClientSetup) {
  process.env.NEXT_PUBLIC_API_URL = url;
  const React = load<typeof ReactModule>('react');
  const { createRoot } = load<typeof ReactDomModule>('react-dom/client');
  const { document } = globalThis as unknown as { document: PageDocument };
  const container = document.createElement('div');
  document.body.appendChild(container);
  const root = createRoot(container as never);
  return {
    React,
    find: (selector: string) => container.querySelector(selector),
    show: (component: () => ReactModule.ReactNode): void => {
      root.render(React.createElement(component));
    },
    close: (): void => {
      root.unmount();
      container.remove();
    },
  };
}

/** React shows things when it has time. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

interface PageElement {
  readonly textContent: string;
  querySelector(selector: string): PageElement | null;
  appendChild(child: PageElement): void;
  remove(): void;
}
interface PageDocument {
  readonly body: PageElement;
  createElement(name: string): PageElement;
}
