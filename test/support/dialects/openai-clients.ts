import OpenAI from 'openai';
import { seen, type ClientSetup, type DialectClient } from './dialect-client.js';

/** OpenAI's client with its defaults, retries included. */
export function newOpenAi({ url, token }: Pick<ClientSetup, 'url' | 'token'>): OpenAI {
  // There is a page in these tests, for others' sake.
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: token, dangerouslyAllowBrowser: true });
}

const ask = (question: string) => [{ role: 'user' as const, content: question }];

export const openAiChatStream: DialectClient = {
  name: 'openai 6, chat.completions streaming',
  streams: true,
  ask: (setup, question, onText) =>
    seen(async (say) => {
      const stream = await newOpenAi(setup).chat.completions.create({
        model: setup.chatflowId,
        messages: ask(question),
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) say(chunk.choices[0]?.delta.content ?? '');
    }, onText),
};

export const openAiChatRunner: DialectClient = {
  name: 'openai 6, chat.completions.stream()',
  streams: true,
  ask: (setup, question, onText) =>
    seen(async (say) => {
      const runner = newOpenAi(setup).chat.completions.stream({
        model: setup.chatflowId,
        messages: ask(question),
      });
      runner.on('content', say);
      await runner.finalChatCompletion();
    }, onText),
};

export const openAiChat: DialectClient = {
  name: 'openai 6, chat.completions',
  streams: false,
  ask: (setup, question) =>
    seen(async (say) => {
      const { choices } = await newOpenAi(setup).chat.completions.create({
        model: setup.chatflowId,
        messages: ask(question),
      });
      say(choices[0]?.message.content ?? '');
    }),
};

export const openAiResponsesStream: DialectClient = {
  name: 'openai 6, responses streaming',
  streams: true,
  ask: (setup, question, onText) =>
    seen(async (say) => {
      const stream = await newOpenAi(setup).responses.create({
        model: setup.chatflowId,
        input: question,
        stream: true,
      });
      for await (const event of stream) if (event.type === 'response.output_text.delta') say(event.delta);
    }, onText),
};

export const openAiResponsesRunner: DialectClient = {
  name: 'openai 6, responses.stream()',
  streams: true,
  ask: (setup, question, onText) =>
    seen(async (say) => {
      const runner = newOpenAi(setup).responses.stream({ model: setup.chatflowId, input: question });
      runner.on('response.output_text.delta', ({ delta }) => {
        say(delta);
      });
      const response = await runner.finalResponse();
      if (response.status !== 'completed') throw new Error(response.error?.message);
    }, onText),
};

export const openAiResponses: DialectClient = {
  name: 'openai 6, responses',
  streams: false,
  ask: (setup, question) =>
    seen(async (say) => {
      const response = await newOpenAi(setup).responses.create({ model: setup.chatflowId, input: question });
      say(response.output_text);
    }),
};
