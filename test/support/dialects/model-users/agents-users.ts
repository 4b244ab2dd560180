import type { ClientSetup } from '../dialect-client.js';
import { LIBRARIES } from '../libraries/libraries.js';
import { newRunner } from '../model-library-clients.js';
import {
  CITY,
  REPORT,
  tellWeather,
  WEATHER,
  WEATHER_DESCRIPTION,
  type Deeds,
  type ModelUser,
} from './model-user.js';

const { sdk, version } = LIBRARIES.agents;

function deedsOf(setup: ClientSetup, useResponses: boolean): Deeds {
  const runner = newRunner(setup, useResponses);
  const asked: unknown[] = [];
  const weather = sdk.tool({
    name: WEATHER,
    description: WEATHER_DESCRIPTION,
    parameters: CITY,
    execute: (input) => {
      asked.push(input);
      return tellWeather(input);
    },
  });
  const settings = { name: 'Clerk', instructions: 'Be brief.', model: setup.chatflowId };
  const agent = new sdk.Agent({ ...settings, tools: [weather] });
  const reporter = new sdk.Agent({ ...settings, outputType: REPORT });
  return {
    structured: async (question) => (await runner.run(reporter, question)).finalOutput,
    structuredStream: async (question) => {
      const result = await runner.run(reporter, question, { stream: true });
      await result.completed;
      return result.finalOutput;
    },
    demanded: async (question) => {
      const made = new sdk.Agent({
        ...settings,
        tools: [weather],
        modelSettings: { toolChoice: 'required' },
        toolUseBehavior: 'stop_on_first_tool',
      });
      const result = await runner.run(made, question, { stream: true });
      await result.completed;
      const calls = result.newItems.flatMap((item) =>
        item instanceof sdk.RunToolCallItem ? [item.rawItem] : [],
      );
      return [calls.map((call) => ('name' in call ? call.name : call.type)).join(), asked.at(-1)];
    },
    loop: async (question) => String((await runner.run(agent, question)).finalOutput),
    loopStream: async (question) => {
      const result = await runner.run(agent, question, { stream: true });
      let text = '';
      for await (const piece of result.toTextStream()) text += piece;
      await result.completed;
      return text;
    },
    goesOn: async (question, next) => {
      const first = await runner.run(agent, question);
      const second = await runner.run(agent, [...first.history, { role: 'user', content: next }]);
      return [String(first.finalOutput), String(second.finalOutput)];
    },
  };
}

export const AGENTS_USERS: readonly ModelUser[] = [true, false].map((useResponses) => ({
  name: `@openai/agents ${version}, ${useResponses ? 'responses' : 'chat'}`,
  with: (setup) => deedsOf(setup, useResponses),
}));
