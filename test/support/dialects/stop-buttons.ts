import type * as ReactModule from 'react';
import { newAgent } from './ag-ui-clients.js';
import { newChat, textOf } from './ai-sdk-clients.js';
import type { ClientSetup } from './dialect-client.js';
import { openPage, until } from './page.js';
import { loadSource } from './todo/load-source.js';

/** A page with one conversation, whose stop button only closes the connection. */
export interface StoppablePage {
  /** Asks. @returns what shows when the answer has ended; an error of the client shows as its message */
  ask(question: string): Promise<string>;
  /** Waits until this much of the answer shows. */
  untilShown(text: string): Promise<void>;
  /** Presses the stop button. */
  stop(): void | Promise<void>;
  close(): void;
}

/** Opens pages of one client. */
export interface StopButton {
  readonly name: string;
  open(setup: ClientSetup, session: string): Promise<StoppablePage>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const nothing = (): void => undefined;

const aiSdk: StopButton = {
  name: 'AI SDK, stop()',
  open: (setup, session) => {
    const chat = newChat(setup, session);
    return Promise.resolve({
      ask: async (text) => {
        await chat.sendMessage({ text });
        return chat.error?.message ?? textOf(chat.lastMessage);
      },
      untilShown: (text) => until(() => textOf(chat.lastMessage) === text),
      stop: () => chat.stop(),
      close: nothing,
    });
  },
};

const agUi: StopButton = {
  name: 'AG-UI, abortRun()',
  open: (setup, session) => {
    const agent = newAgent(setup, session);
    const shown = (): unknown => agent.messages.at(-1)?.content;
    return Promise.resolve({
      ask: async (content) => {
        agent.addMessage({ id: `question ${agent.messages.length}`, role: 'user', content });
        try {
          await agent.runAgent();
          return shown() as string;
        } catch (error) {
          return messageOf(error);
        }
      },
      untilShown: (text) => until(() => shown() === text),
      stop: () => {
        agent.abortRun();
      },
      close: nothing,
    });
  },
};

interface TodoChat {
  readonly messages: readonly { readonly content: string }[];
  readonly isLoading: boolean;
  sendMessage(content: string): Promise<void>;
  stopGeneration(): void;
}

const todo: StopButton = {
  name: 'todo assistant, stopGeneration()',
  async open(setup, session) {
    process.env.NEXT_PUBLIC_API_URL = setup.url;
    const { useChat } = loadSource<{ useChat(options: { conversationId: string }): TodoChat }>('useChat.ts', {
      '@/stores/authStore': {
        useAuthStore: () => ({ user: { id: setup.userId }, token: setup.token }),
      },
    });
    const page = openPage();
    const current: { chat?: TodoChat } = {};
    page.show((): ReactModule.ReactNode => {
      current.chat = useChat({ conversationId: session });
      return null;
    });
    await until(() => current.chat !== undefined);
    const shown = (): string => current.chat?.messages.at(-1)?.content ?? '';
    return {
      ask: async (question) => {
        await until(() => current.chat?.isLoading === false);
        await current.chat?.sendMessage(question);
        await until(() => current.chat?.isLoading === false);
        return shown();
      },
      untilShown: (text) => until(() => shown() === text),
      stop: () => current.chat?.stopGeneration(),
      close: page.close,
    };
  },
};

const plainFetch: StopButton = {
  name: 'fetch, AbortController',
  open: ({ url, token, chatflowId }, sessionId) => {
    let controller = new AbortController();
    let shown = '';
    return Promise.resolve({
      ask: async (question) => {
        controller = new AbortController();
        shown = '';
        try {
          const response = await fetch(`${url}/predict/stream/store`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
            body: JSON.stringify({ chatflow_id: chatflowId, question, sessionId }),
            signal: controller.signal,
          });
          if (response.body === null || !response.ok) throw new Error(await response.text());
          let buffer = '';
          const decoder = new TextDecoder();
          for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
            const frames = (buffer + decoder.decode(chunk, { stream: true })).split('\n\n');
            buffer = frames.pop() ?? '';
            shown += frames.map(tokenIn).join('');
          }
          return shown;
        } catch (error) {
          return messageOf(error);
        }
      },
      untilShown: (text) => until(() => shown === text),
      stop: () => {
        controller.abort();
      },
      close: nothing,
    });
  },
};

function tokenIn(frame: string): string {
  const data = /^data: ?(.*)$/m.exec(frame)?.[1];
  const { event, data: token } = (data === undefined ? {} : JSON.parse(data)) as {
    event?: string;
    data?: string;
  };
  return event === 'token' ? (token ?? '') : '';
}

export const STOP_BUTTONS: readonly StopButton[] = [aiSdk, agUi, todo, plainFetch];
