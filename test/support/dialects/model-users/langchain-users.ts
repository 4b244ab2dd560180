import type { AIMessageChunk, BaseMessage } from '@langchain/core/messages';
import type { ClientSetup } from '../dialect-client.js';
import { LIBRARIES } from '../libraries/libraries.js';
import { newChatOpenAi } from '../model-library-clients.js';
import {
  CITY,
  REPORT,
  tellWeather,
  WEATHER,
  WEATHER_DESCRIPTION,
  type Deeds,
  type ModelUser,
} from './model-user.js';

const { langchain } = LIBRARIES;

function deedsOf(setup: ClientSetup, useResponsesApi: boolean): Deeds {
  const model = newChatOpenAi(setup, useResponsesApi);
  const weather = langchain.tools.tool(tellWeather, {
    name: WEATHER,
    description: WEATHER_DESCRIPTION,
    schema: CITY,
  });
  const withTools = model.bindTools([weather]);

  async function whole(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
    let all: AIMessageChunk | undefined;
    for await (const chunk of stream) all = all === undefined ? chunk : all.concat(chunk);
    if (all === undefined) throw new Error('Nothing came');
    return all;
  }
  /** The loop that its documentation writes out. @returns the conversation, with the answer last */
  async function run(
    messages: readonly BaseMessage[],
    ask: (told: BaseMessage[]) => Promise<AIMessageChunk>,
  ) {
    const told = [...messages];
    for (;;) {
      const message = await ask(told);
      told.push(message);
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) return told;
      for (const call of calls) told.push(await weather.invoke({ ...call, type: 'tool_call' }));
    }
  }
  const says = (text: string) => new langchain.messages.HumanMessage(text);
  const invoke = (told: BaseMessage[]) => withTools.invoke(told);
  const lastOf = (told: readonly BaseMessage[]) => String(told.at(-1)?.text);
  return {
    structured: async (question) => [
      await model.withStructuredOutput(REPORT).invoke(question),
      await model.withStructuredOutput(REPORT, { method: 'functionCalling' }).invoke(question),
      await model.withStructuredOutput(REPORT, { method: 'jsonMode' }).invoke(question),
    ],
    structuredStream: async (question) => {
      let last: unknown;
      for await (const partial of await model.withStructuredOutput(REPORT).stream(question)) last = partial;
      return last;
    },
    demanded: async (question) => {
      // By its name: with the Responses API this library drops `required`.
      const demanding = model.bindTools([weather], { tool_choice: WEATHER });
      const [call] = (await whole(await demanding.stream(question))).tool_calls ?? [];
      return [String(call?.name), call?.args];
    },
    loop: async (question) => lastOf(await run([says(question)], invoke)),
    loopStream: async (question) =>
      lastOf(await run([says(question)], async (told) => whole(await withTools.stream(told)))),
    goesOn: async (question, next) => {
      const told = await run([says(question)], invoke);
      return [lastOf(told), lastOf(await run([...told, says(next)], invoke))];
    },
  };
}

export const LANGCHAIN_USERS: readonly ModelUser[] = [false, true].map((useResponsesApi) => ({
  name: `@langchain/openai ${langchain.version}, ${useResponsesApi ? 'responses' : 'chat'}`,
  with: (setup) => deedsOf(setup, useResponsesApi),
}));
