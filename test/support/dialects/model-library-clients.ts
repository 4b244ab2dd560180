import type { ModelMessage } from 'ai';
import { member, seen, type Asking, type ClientSetup, type DialectClient } from './dialect-client.js';
import { LIBRARIES, majorOf, type AiSdk } from './libraries/libraries.js';
import { newOpenAi, sessionHeader } from './openai-clients.js';

const REPEATS = { resume: 'it repeats only what was not answered' };

/** Jest gives every test file a `TypeError` of its own, and what Node's `fetch` throws is none of them; the providers repeat only what is one. */
const fetchHere: typeof fetch = async (...request) => {
  try {
    return await fetch(...request);
  } catch (error) {
    const { name, message, cause } = error as Error;
    throw name === 'TypeError' ? new TypeError(message, { cause }) : error;
  }
};

/** What calls models by way of the AI SDK's providers. */
export function modelsOf({ openai, compatible }: AiSdk, { url, token }: ClientSetup, session?: string) {
  const settings = {
    baseURL: `${url}/v1`,
    apiKey: token,
    fetch: fetchHere,
    ...member('headers', sessionHeader(session)),
  };
  const { responses, chat } = openai.createOpenAI(settings);
  const other = compatible?.createOpenAICompatible({
    name: 'tollgate',
    supportsStructuredOutputs: true,
    ...settings,
  });
  return { responses, chat, ...member('compatible', other && ((id: string) => other.chatModel(id))) };
}

type Api = keyof ReturnType<typeof modelsOf>;

function aiModelOf(sdk: AiSdk, api: Api, setup: ClientSetup, session?: string) {
  const model = modelsOf(sdk, setup, session)[api];
  if (model === undefined) throw new Error(`There is no ${api} here`);
  return model(setup.chatflowId);
}

const prompt = (text: string, { file }: Asking): ModelMessage[] => [
  {
    role: 'user',
    content:
      file === undefined
        ? text
        : [
            { type: 'text', text },
            { type: 'image', image: file.dataUrl },
          ],
  },
];

const packageOf = (api: Api) => (api === 'compatible' ? 'openai-compatible' : `openai, ${api}`);

const streamTextOf = (sdk: AiSdk, api: Api): DialectClient => ({
  name: `ai ${majorOf(sdk.versions.ai)} with @ai-sdk/${packageOf(api)}, streamText`,
  streams: true,
  cannot: REPEATS,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      let failure: unknown;
      const { textStream } = sdk.ai.streamText({
        model: aiModelOf(sdk, api, setup, asking.session),
        messages: prompt(question, asking),
        ...member('abortSignal', asking.signal),
        // Its text stream just ends.
        onError: ({ error }) => {
          failure = error;
        },
      });
      for await (const piece of textStream) say(piece);
      if (failure !== undefined) throw toError(failure);
    }, asking),
});

const generateTextOf = (sdk: AiSdk, api: Api): DialectClient => ({
  name: `ai ${majorOf(sdk.versions.ai)} with @ai-sdk/${packageOf(api)}, generateText`,
  streams: false,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const { text } = await sdk.ai.generateText({
        model: aiModelOf(sdk, api, setup, asking.session),
        messages: prompt(question, asking),
        ...member('abortSignal', asking.signal),
      });
      say(text);
    }, asking),
});

const { langchain, agents } = LIBRARIES;

/** LangChain's model with its defaults. */
export function newChatOpenAi(
  { url, token, chatflowId }: ClientSetup,
  useResponsesApi: boolean,
  session?: string,
) {
  return new langchain.openai.ChatOpenAI({
    model: chatflowId,
    apiKey: token,
    useResponsesApi,
    configuration: {
      baseURL: `${url}/v1`,
      ...member('defaultHeaders', sessionHeader(session)),
      dangerouslyAllowBrowser: true,
    },
  });
}

const toldTo = (text: string, { file }: Asking) => [
  new langchain.messages.HumanMessage({
    content:
      file === undefined
        ? text
        : [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: file.dataUrl } },
          ],
  }),
];

const langchainName = (api: string, how: string) => `@langchain/openai ${langchain.version}, ${api}, ${how}`;

const langchainStream = (useResponsesApi: boolean): DialectClient => ({
  name: langchainName(useResponsesApi ? 'responses' : 'chat', 'stream'),
  streams: true,
  cannot: REPEATS,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const model = newChatOpenAi(setup, useResponsesApi, asking.session);
      const stream = await model.stream(toldTo(question, asking), member('signal', asking.signal));
      for await (const chunk of stream) say(chunk.text);
    }, asking),
});

const langchainInvoke: DialectClient = {
  name: langchainName('chat', 'invoke'),
  streams: false,
  cannot: { givesUpSoon: 'it repeats what fails six times, over two minutes' },
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const model = newChatOpenAi(setup, false, asking.session);
      const { text } = await model.invoke(toldTo(question, asking), member('signal', asking.signal));
      say(text);
    }, asking),
};

/** What runs agents on chatflows. */
export function newRunner(setup: ClientSetup, useResponses: boolean, session?: string) {
  agents.sdk.setTracingDisabled(true);
  // Each major version of the one is made with its own of the other.
  const openAIClient = newOpenAi(setup, session) as never;
  return new agents.sdk.Runner({
    modelProvider: new agents.sdk.OpenAIProvider({ openAIClient, useResponses }),
  });
}

const agentOf = ({ chatflowId }: ClientSetup) =>
  new agents.sdk.Agent({ name: 'Clerk', instructions: 'Be brief.', model: chatflowId });

const items = (text: string, { file }: Asking) =>
  file === undefined
    ? text
    : [
        {
          role: 'user' as const,
          content: [
            { type: 'input_text' as const, text },
            { type: 'input_image' as const, image: file.dataUrl },
          ],
        },
      ];

const agentName = (useResponses: boolean, how: string) =>
  `@openai/agents ${agents.version}, ${useResponses ? 'responses' : 'chat'}, ${how}`;

const agentStream = (useResponses: boolean): DialectClient => ({
  name: agentName(useResponses, 'stream'),
  streams: true,
  cannot: REPEATS,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const result = await newRunner(setup, useResponses, asking.session).run(
        agentOf(setup),
        items(question, asking),
        {
          stream: true,
          ...member('signal', asking.signal),
        },
      );
      for await (const piece of result.toTextStream()) say(piece);
      await result.completed;
    }, asking),
});

const agentRun = (useResponses: boolean): DialectClient => ({
  name: agentName(useResponses, 'run'),
  streams: false,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const runner = newRunner(setup, useResponses, asking.session);
      const { finalOutput } = await runner.run(
        agentOf(setup),
        items(question, asking),
        member('signal', asking.signal),
      );
      say(finalOutput ?? '');
    }, asking),
});

/** Libraries that take a chatflow for a model of OpenAI's. */
export const MODEL_LIBRARY_CLIENTS: readonly DialectClient[] = [
  ...LIBRARIES.aiSdks.flatMap((sdk) => [
    streamTextOf(sdk, 'responses'),
    streamTextOf(sdk, 'chat'),
    generateTextOf(sdk, 'responses'),
    ...(sdk.compatible === undefined ? [] : [streamTextOf(sdk, 'compatible')]),
  ]),
  langchainStream(false),
  langchainStream(true),
  langchainInvoke,
  agentStream(true),
  agentStream(false),
  agentRun(true),
];

const toError = (failure: unknown): Error =>
  failure instanceof Error ? failure : new Error(JSON.stringify(failure));
