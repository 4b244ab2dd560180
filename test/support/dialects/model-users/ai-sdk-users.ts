import type { ToolSet } from 'ai';
import type { ClientSetup } from '../dialect-client.js';
import { LIBRARIES, majorOf, type AiSdk } from '../libraries/libraries.js';
import { modelsOf } from '../model-library-clients.js';
import {
  CITY,
  REPORT,
  tellWeather,
  WEATHER,
  WEATHER_DESCRIPTION,
  type Deeds,
  type ModelUser,
} from './model-user.js';

const MOST_STEPS = 4;

type Api = keyof ReturnType<typeof modelsOf>;

function deedsOf(sdk: AiSdk, api: Api, setup: ClientSetup): Deeds {
  const { ai } = sdk;
  const model = modelsOf(sdk, setup)[api]?.(setup.chatflowId);
  if (model === undefined) throw new Error(`There is no ${api} here`);
  const tools: ToolSet = {
    [WEATHER]: ai.tool({ description: WEATHER_DESCRIPTION, inputSchema: CITY, execute: tellWeather }),
  };
  const looping = { model, tools, stopWhen: ai.stepCountIs(MOST_STEPS) };
  return {
    structured: async (prompt) => (await ai.generateObject({ model, schema: REPORT, prompt })).object,
    structuredStream: async (prompt) => {
      const { partialObjectStream, object } = ai.streamObject({ model, schema: REPORT, prompt });
      let last: unknown;
      for await (const partial of partialObjectStream) last = partial;
      // What was shown last is the whole of it.
      return [last, await object];
    },
    demanded: async (prompt) => {
      const result = ai.streamText({ model, tools, toolChoice: 'required', prompt });
      const [call] = await result.toolCalls;
      return [String(call?.toolName), call?.input];
    },
    loop: async (prompt) => (await ai.generateText({ ...looping, system: 'Be brief.', prompt })).text,
    loopStream: async (prompt) => ai.streamText({ ...looping, prompt }).text,
    goesOn: async (content, next) => {
      const asked = { role: 'user' as const, content };
      const first = await ai.generateText({ ...looping, messages: [asked] });
      const messages = [asked, ...first.response.messages, { role: 'user' as const, content: next }];
      return [first.text, (await ai.generateText({ ...looping, messages })).text];
    },
  };
}

const userOf = (sdk: AiSdk, api: Api): ModelUser => ({
  name: `ai ${majorOf(sdk.versions.ai)}, @ai-sdk/${api === 'compatible' ? 'openai-compatible' : `openai ${majorOf(sdk.versions.openai)}, ${api}`}`,
  with: (setup) => deedsOf(sdk, api, setup),
});

export const AI_SDK_USERS: readonly ModelUser[] = LIBRARIES.aiSdks.flatMap((sdk) => [
  userOf(sdk, 'responses'),
  userOf(sdk, 'chat'),
  ...(sdk.compatible === undefined ? [] : [userOf(sdk, 'compatible')]),
]);
