import type OpenAI from 'openai';
import { z } from 'zod';
import type { ClientSetup } from '../dialect-client.js';
import { LIBRARIES, majorOf } from '../libraries/libraries.js';
import { newOpenAi } from '../openai-clients.js';
import {
  CITY,
  REPORT,
  tellWeather,
  WEATHER,
  WEATHER_DESCRIPTION,
  type Deeds,
  type ModelUser,
} from './model-user.js';

const parameters = z.toJSONSchema(CITY);
const { zodResponseFormat, zodTextFormat } = LIBRARIES.openai.helpers;

const readCity = (json: string) => CITY.parse(JSON.parse(json));
const resultOf = (json: string): string => tellWeather(readCity(json));

function completionDeeds(setup: ClientSetup): Deeds {
  const { completions } = newOpenAi(setup).chat;
  const model = setup.chatflowId;
  const says = (content: string) => ({ role: 'user' as const, content });
  const format = { model, response_format: zodResponseFormat(REPORT, 'report') };
  const tool = { name: WEATHER, description: WEATHER_DESCRIPTION, parameters };
  const tools = [{ type: 'function' as const, function: tool }];
  // Its types take no function whose arguments are known.
  const runnable = [
    { type: 'function', function: { ...tool, parse: readCity, function: tellWeather } },
  ] as never;
  const run = (messages: OpenAI.ChatCompletionMessageParam[]) =>
    completions.runTools({ model, messages, tools: runnable });
  return {
    structured: async (question) =>
      (await completions.parse({ ...format, messages: [says(question)] })).choices[0]?.message.parsed,
    structuredStream: async (question) => {
      const stream = completions.stream({ ...format, messages: [says(question)] });
      return (await stream.finalChatCompletion()).choices[0]?.message.parsed;
    },
    demanded: async (question) => {
      const stream = completions.stream({
        model,
        messages: [says(question)],
        tools,
        tool_choice: 'required',
      });
      const call = (await stream.finalMessage()).tool_calls?.[0];
      return call?.type === 'function'
        ? [call.function.name, JSON.parse(call.function.arguments)]
        : ['none', undefined];
    },
    loop: async (question) => String(await run([says(question)]).finalContent()),
    loopStream: async (question) => {
      const messages = [says(question)];
      let text = '';
      const runner = completions.runTools({ model, messages, tools: runnable, stream: true });
      runner.on('content', (piece) => (text += piece));
      await runner.done();
      return text;
    },
    goesOn: async (question, next) => {
      const first = run([says(question)]);
      const text = await first.finalContent();
      return [String(text), String(await run([...first.messages, says(next)]).finalContent())];
    },
  };
}

function responseDeeds(setup: ClientSetup): Deeds {
  const { responses } = newOpenAi(setup);
  const model = setup.chatflowId;
  const text = { format: zodTextFormat(REPORT, 'report') };
  const tool = {
    type: 'function' as const,
    name: WEATHER,
    description: WEATHER_DESCRIPTION,
    strict: true,
    parameters,
  };
  const tools = [tool];
  type Ask = (body: {
    input: OpenAI.Responses.ResponseInput | string;
    previous_response_id?: string;
  }) => Promise<OpenAI.Responses.Response>;
  const whole: Ask = (body) => responses.create({ model, tools, ...body });
  const streamed: Ask = (body) => responses.stream({ model, tools, ...body }).finalResponse();
  /** The loop as OpenAI's guide has it, by the response before. */
  async function run(ask: Ask, input: string, previous?: string) {
    let response = await ask({
      input,
      ...(previous === undefined ? {} : { previous_response_id: previous }),
    });
    for (;;) {
      const outputs = response.output.flatMap((item) =>
        item.type === 'function_call'
          ? [
              {
                type: 'function_call_output' as const,
                call_id: item.call_id,
                output: resultOf(item.arguments),
              },
            ]
          : [],
      );
      if (outputs.length === 0) return response;
      response = await ask({ input: outputs, previous_response_id: response.id });
    }
  }
  return {
    structured: async (input) => (await responses.parse({ model, input, text })).output_parsed,
    structuredStream: async (input) =>
      (await responses.stream({ model, input, text }).finalResponse()).output_parsed,
    demanded: async (input) => {
      const stream = responses.stream({ model, input, tools, tool_choice: 'required' });
      const [item] = (await stream.finalResponse()).output;
      return item?.type === 'function_call' ? [item.name, JSON.parse(item.arguments)] : ['none', undefined];
    },
    loop: async (input) => (await run(whole, input)).output_text,
    loopStream: async (input) => (await run(streamed, input)).output_text,
    goesOn: async (input, next) => {
      const first = await run(whole, input);
      return [first.output_text, (await run(whole, next, first.id)).output_text];
    },
  };
}

const NAME = `openai ${majorOf(LIBRARIES.openai.version)}`;

export const OPENAI_USERS: readonly ModelUser[] = [
  { name: `${NAME}, chat.completions`, with: completionDeeds },
  { name: `${NAME}, responses`, with: responseDeeds },
];
