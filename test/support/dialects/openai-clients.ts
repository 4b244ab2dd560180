import type OpenAI from 'openai';
import { member, seen, type Asking, type ClientSetup, type DialectClient } from './dialect-client.js';
import { LIBRARIES, majorOf } from './libraries/libraries.js';

const { version, OpenAI: OpenAiClient } = LIBRARIES.openai;
const NAME = `openai ${majorOf(version)}`;

/** OpenAI's client with its defaults, retries included. */
export function newOpenAi({ url, token }: Pick<ClientSetup, 'url' | 'token'>, session?: string): OpenAI {
  return new OpenAiClient({
    baseURL: `${url}/v1`,
    apiKey: token,
    ...member('defaultHeaders', sessionHeader(session)),
    // There is a page in these tests, for others' sake.
    dangerouslyAllowBrowser: true,
  });
}

/** How requests of OpenAI's format name their session. */
export const sessionHeader = (session: string | undefined) =>
  session === undefined ? undefined : { 'X-Session-Id': session };

const STREAMS_ONCE = { resume: 'it repeats only what was not answered' };

const messages = (text: string, { file }: Asking): OpenAI.ChatCompletionMessageParam[] => [
  {
    role: 'user',
    content:
      file === undefined
        ? text
        : [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: file.dataUrl } },
          ],
  },
];

const input = (text: string, { file }: Asking): string | OpenAI.Responses.ResponseInput =>
  file === undefined
    ? text
    : [
        {
          role: 'user',
          content: [
            { type: 'input_text', text },
            { type: 'input_image', image_url: file.dataUrl, detail: 'auto' },
          ],
        },
      ];

const leaving = ({ signal }: Asking) => member('signal', signal);

export const openAiChatStream: DialectClient = {
  name: `${NAME}, chat.completions streaming`,
  streams: true,
  cannot: STREAMS_ONCE,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const stream = await newOpenAi(setup, asking.session).chat.completions.create(
        {
          model: setup.chatflowId,
          messages: messages(question, asking),
          stream: true,
          stream_options: { include_usage: true },
        },
        leaving(asking),
      );
      for await (const chunk of stream) say(chunk.choices[0]?.delta.content ?? '');
    }, asking),
};

export const openAiChatRunner: DialectClient = {
  name: `${NAME}, chat.completions.stream()`,
  streams: true,
  cannot: STREAMS_ONCE,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const runner = newOpenAi(setup, asking.session).chat.completions.stream(
        { model: setup.chatflowId, messages: messages(question, asking) },
        leaving(asking),
      );
      runner.on('content', say);
      await runner.finalChatCompletion();
    }, asking),
};

export const openAiChat: DialectClient = {
  name: `${NAME}, chat.completions`,
  streams: false,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const { choices } = await newOpenAi(setup, asking.session).chat.completions.create(
        { model: setup.chatflowId, messages: messages(question, asking) },
        leaving(asking),
      );
      say(choices[0]?.message.content ?? '');
    }, asking),
};

export const openAiResponsesStream: DialectClient = {
  name: `${NAME}, responses streaming`,
  streams: true,
  cannot: STREAMS_ONCE,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const stream = await newOpenAi(setup, asking.session).responses.create(
        { model: setup.chatflowId, input: input(question, asking), stream: true },
        leaving(asking),
      );
      for await (const event of stream) if (event.type === 'response.output_text.delta') say(event.delta);
    }, asking),
};

export const openAiResponsesRunner: DialectClient = {
  name: `${NAME}, responses.stream()`,
  streams: true,
  cannot: STREAMS_ONCE,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const runner = newOpenAi(setup, asking.session).responses.stream(
        { model: setup.chatflowId, input: input(question, asking) },
        leaving(asking),
      );
      runner.on('response.output_text.delta', ({ delta }) => {
        say(delta);
      });
      const response = await runner.finalResponse();
      if (response.status !== 'completed') throw new Error(response.error?.message);
    }, asking),
};

export const openAiResponses: DialectClient = {
  name: `${NAME}, responses`,
  streams: false,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const response = await newOpenAi(setup, asking.session).responses.create(
        { model: setup.chatflowId, input: input(question, asking) },
        leaving(asking),
      );
      say(response.output_text);
    }, asking),
};
