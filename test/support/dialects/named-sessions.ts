import { fetchEventSource } from '@microsoft/fetch-event-source';
import flowiseSdk from 'flowise-sdk';
import { openEventStream } from '../event-stream.js';
import { newAgent } from './ag-ui-clients.js';
import { newChat, textOf } from './ai-sdk-clients.js';
import type { ClientSetup } from './dialect-client.js';
import { newOpenAi } from './openai-clients.js';

const { FlowiseClient } = flowiseSdk;

/** A way to ask in a session that the client has named itself. */
export interface NamedSessions {
  readonly name: string;
  /** @returns the answer's text; rejects with whatever the client shows as an error */
  ask(setup: ClientSetup, session: string, question: string): Promise<string>;
}

/** Every wire format, with the field in which it carries a session's name. */
export const NAMED_SESSIONS: readonly NamedSessions[] = [
  {
    name: 'predict, sessionId',
    async ask({ url, token, chatflowId }, sessionId, question) {
      let text = '';
      await fetchEventSource(`${url}/predict/stream/store`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
        body: JSON.stringify({ chatflow_id: chatflowId, question, sessionId }),
        openWhenHidden: true,
        fetch,
        onmessage: (message) => {
          const { event, data } = JSON.parse(message.data) as { event: string; data: unknown };
          if (event === 'token') text += String(data);
        },
        onerror: (error) => {
          throw error as Error;
        },
      });
      return text;
    },
  },
  {
    name: 'Flowise, chatId',
    async ask({ url, token, chatflowId }, chatId, question) {
      const client = new FlowiseClient({ baseUrl: url, apiKey: token });
      const answer = await client.createPrediction({ chatflowId, question, chatId });
      return String((answer as unknown as { text: unknown }).text);
    },
  },
  {
    name: 'Flowise, overrideConfig.sessionId',
    async ask({ url, token, chatflowId }, sessionId, question) {
      const client = new FlowiseClient({ baseUrl: url, apiKey: token });
      const answer = await client.createPrediction({ chatflowId, question, overrideConfig: { sessionId } });
      return String((answer as unknown as { text: unknown }).text);
    },
  },
  {
    name: 'Chat Completions, X-Session-Id',
    async ask(setup, session, question) {
      const { choices } = await newOpenAi(setup).chat.completions.create(
        { model: setup.chatflowId, messages: [{ role: 'user', content: question }] },
        { headers: { 'X-Session-Id': session } },
      );
      return choices[0]?.message.content ?? '';
    },
  },
  {
    name: 'Responses, conversation',
    ask: async (setup, conversation, input) =>
      (await newOpenAi(setup).responses.create({ model: setup.chatflowId, input, conversation })).output_text,
  },
  {
    name: 'AI SDK, the chat’s id',
    async ask(setup, chatId, text) {
      const chat = newChat(setup, chatId);
      await chat.sendMessage({ text });
      if (chat.error !== undefined) throw chat.error;
      return textOf(chat.lastMessage);
    },
  },
  {
    name: 'AG-UI, threadId',
    async ask(setup, threadId, content) {
      const agent = newAgent(setup, threadId);
      agent.addMessage({ id: 'question', role: 'user', content });
      await agent.runAgent();
      return agent.messages.at(-1)?.content as string;
    },
  },
  {
    name: 'todo assistant, conversation_id',
    ask: ({ url, userId, token }, session, message) =>
      textOfFrames(`${url}/api/${userId}/chat/stream`, token, { message, conversation_id: session }, 'text'),
  },
  {
    name: 'Storm, threadId',
    async ask({ url, token }, threadId, question) {
      const response = await fetch(`${url}/api/v2/answer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ question, threadId }),
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
      return ((await response.json()) as { data: { chat: { answer: string } } }).data.chat.answer;
    },
  },
  {
    name: 'sessions, in the path',
    ask: ({ url, token }, session, content) =>
      textOfFrames(`${url}/sessions/${session}/messages/stream`, token, { content, role: 'user' }, 'token'),
  },
];

/** Puts together the `content` of a stream's frames of one type. */
async function textOfFrames(url: string, token: string, body: object, type: string): Promise<string> {
  const stream = await openEventStream(url, { token, body });
  if (stream.status !== 200) throw new Error(`HTTP ${stream.status}: ${await stream.text()}`);
  const frames = (await stream.events()).map(({ json }) => json as { type: string; content: string });
  return frames.flatMap((frame) => (frame?.type === type ? [frame.content] : [])).join('');
}
