import { TollgateClient } from '@tollgate/client';
import { newChat, textOf } from '../../support/dialects/ai-sdk-clients.js';
import type { MeasuredFlow } from './measured-flow.js';

/** Whose stream it is, and where. */
export interface Reader {
  readonly url: string;
  readonly userId: string;
  readonly token: string;
  readonly flow: MeasuredFlow;
}

/** What its user was shown in the end. */
export interface Shown {
  readonly text: string;
  readonly reconnects: number;
}

/** Reads an answer as a real client does. @param onText called when there is some @throws the error that its user is shown */
export type Reading = (reader: Reader, onText: () => void) => Promise<Shown>;

const readWithClient =
  (asks: boolean): Reading =>
  async ({ url, token, flow }, onText) => {
    const client = new TollgateClient({ baseUrl: url, accessToken: token });
    let reconnects = 0;
    let text = '';
    const onReconnect = (): void => void reconnects++;
    const stream = asks
      ? client.chat.stream({ question: 'Go on.', chatflowId: flow.id, onReconnect })
      : client.chat.follow((await flow.askAt({ url }, token)).turnId, { onReconnect });
    for await (const event of stream) {
      if (event.type !== 'token') continue;
      text += event.text;
      onText();
    }
    await stream.result();
    return { text, reconnects };
  };

const readWithAiSdk =
  (asks: boolean): Reading =>
  async ({ url, userId, token, flow }, onText) => {
    const session = asks ? undefined : (await flow.askAt({ url }, token)).sessionId;
    const chat = newChat({ url, userId, token, chatflowId: flow.id }, session);
    const answer = (): string => textOf(chat.messages.findLast(({ role }) => role === 'assistant'));
    const forget = chat['~registerMessagesCallback'](() => {
      if (answer() !== '') onText();
    });
    await (asks ? chat.sendMessage({ text: 'Go on.' }) : chat.resumeStream());
    forget();
    if (chat.error !== undefined) throw chat.error;
    return { text: answer(), reconnects: 0 };
  };

/** Those who ask read where their turn runs; those who come back to one may read it from any instance. */
export const READINGS: readonly (readonly [name: string, reading: Reading])[] = [
  ['@tollgate/client asks', readWithClient(true)],
  ['@tollgate/client follows', readWithClient(false)],
  ['AI SDK asks', readWithAiSdk(true)],
  ['AI SDK comes back', readWithAiSdk(false)],
];
