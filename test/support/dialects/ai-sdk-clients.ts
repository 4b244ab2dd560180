import type * as AiReactModule from '@ai-sdk/react';
import type { DefaultChatTransport, UIMessage } from 'ai';
import type * as ReactModule from 'react';
import {
  member,
  type Asking,
  type ClientFile,
  type ClientSetup,
  type DialectClient,
  type Seen,
} from './dialect-client.js';
import { LIBRARIES, majorOf, type AiSdk } from './libraries/libraries.js';
import { openPage, until } from './page.js';

export const NEWEST_AI_SDK = LIBRARIES.aiSdks.at(-1)!;

export const newTransport = (
  { url, token, chatflowId }: ClientSetup,
  { ai }: AiSdk = NEWEST_AI_SDK,
): DefaultChatTransport<UIMessage> =>
  new ai.DefaultChatTransport({
    api: `${url}/api/chat`,
    headers: { Authorization: `Bearer ${token}` },
    body: { chatflowId },
  });

/** The text of a message as a page shows it. */
export const textOf = (message: UIMessage | undefined): string =>
  (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');

const answerOf = (messages: readonly UIMessage[]): string =>
  textOf(messages.findLast(({ role }) => role === 'assistant'));

/** `Chat` without a page around it. */
export function newChat(
  setup: ClientSetup,
  id?: string,
  sdk: AiSdk = NEWEST_AI_SDK,
): AiReactModule.Chat<UIMessage> {
  return new sdk.react.Chat({ transport: newTransport(setup, sdk), ...member('id', id) });
}

const messageOf = (text: string, file: ClientFile | undefined) => ({
  text,
  ...member(
    'files',
    file && [{ type: 'file' as const, mediaType: file.mime, filename: file.name, url: file.dataUrl }],
  ),
});

const chatOf = (sdk: AiSdk): DialectClient => ({
  name: `ai ${majorOf(sdk.versions.ai)}, Chat with DefaultChatTransport`,
  streams: true,
  async ask(setup, question, { onText, session, signal, file, resumes }: Asking = {}) {
    const chat = newChat(setup, session, sdk);
    const stop = chat['~registerMessagesCallback'](() => onText?.(answerOf(chat.messages)));
    signal?.addEventListener('abort', () => void chat.stop());
    await chat.sendMessage(messageOf(question, file));
    if (resumes === true && chat.status === 'error') await chat.resumeStream();
    stop();
    return seenOf(chat.messages, chat.error);
  },
});

const hookOf = (sdk: AiSdk): DialectClient => ({
  name: `@ai-sdk/react ${majorOf(sdk.versions.react)}, useChat`,
  streams: true,
  async ask(setup, question, { onText, session, signal, file, resumes }: Asking = {}) {
    const page = openPage();
    const { useChat } = sdk.react;
    const transport = newTransport(setup, sdk);
    const shown: { chat?: ReturnType<typeof useChat> } = {};
    page.show((): ReactModule.ReactNode => {
      shown.chat = useChat({ transport, ...member('id', session) });
      onText?.(answerOf(shown.chat.messages));
      return null;
    });
    const ends = () => until(() => shown.chat?.status === 'ready' || shown.chat?.status === 'error');
    await until(() => shown.chat !== undefined);
    signal?.addEventListener('abort', () => void shown.chat?.stop());
    await shown.chat?.sendMessage(messageOf(question, file));
    await ends();
    if (resumes === true && shown.chat?.status === 'error') {
      await shown.chat.resumeStream();
      await ends();
    }
    const { messages = [], error } = shown.chat ?? {};
    page.close();
    return seenOf(messages, error);
  },
});

export const AI_SDK_CLIENTS: readonly DialectClient[] = LIBRARIES.aiSdks.flatMap((sdk) => [
  chatOf(sdk),
  hookOf(sdk),
]);

function seenOf(messages: readonly UIMessage[], error: Error | undefined): Seen {
  return { text: answerOf(messages), ...member('error', error?.message) };
}
