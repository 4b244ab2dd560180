/** @jest-environment node */
import { DocumentValidator } from '../../test/support/openapi/document-validator.js';
import { flowiseFixtureNames, readFlowiseFixture } from '../../test/support/upstream/flowise-fixtures.js';
import { ERROR_CODES } from '../contract/error-codes.js';
import { API_SCHEMAS } from './api-schemas.js';
import { AgUiEncoder } from './dialects/ag-ui/ag-ui.encoder.js';
import { AiSdkEncoder } from './dialects/ai-sdk/ai-sdk.encoder.js';
import { encodeFlowiseAnswer } from './dialects/flowise/flowise-answer.encoder.js';
import { FlowiseEncoder } from './dialects/flowise/flowise.encoder.js';
import { ChatCompletionsEncoder, encodeChatCompletion } from './dialects/openai/chat-completions.encoder.js';
import { encodeResponse } from './dialects/openai/response-object.js';
import { ResponsesEncoder } from './dialects/openai/responses.encoder.js';
import { PredictEncoder } from './dialects/predict/predict.encoder.js';
import { storedFrames } from './dialects/predict/stored-frames.js';
import { SessionsEncoder } from './dialects/sessions/sessions.encoder.js';
import { StormEncoder } from './dialects/storm/storm.encoder.js';
import { TodoEncoder } from './dialects/todo/todo.encoder.js';
import { FINISH_REASONS, type ChatEvent, type ProviderEvent, type TurnEnd } from '../contract/chat-event.js';
import { toStoredAnswer } from './records/stored-answer.js';
import type { TurnEncoder } from './turn/log/subscription.js';

const IDS = { turnId: 't', sessionId: 's', chatflowId: 'c' };
const TURN = {
  id: 't',
  sessionId: 's',
  chatflowId: 'c',
  messageId: 'm',
  question: 'Hi?',
  startedAt: new Date(0),
};
const USAGE = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
const ANY: readonly unknown[] = [null, true, 1.5, 'text', [], [[1, [{}]]], {}, { a: { b: null } }];

/** Every kind of event that a provider may emit, with and without what is optional. */
const SAID: readonly ProviderEvent[] = [
  { type: 'text-delta', text: 'Hi' },
  { type: 'reasoning-delta', text: 'Hm' },
  { type: 'text-delta', text: 'Hi' },
  ...ANY.flatMap((value, index): ProviderEvent[] => [
    { type: 'tool-call', toolCallId: `a${index}`, toolName: 'tool', input: value },
    { type: 'tool-result', toolCallId: `a${index}`, toolName: 'tool', output: value },
    {
      type: 'tool-result',
      toolCallId: `b${index}`,
      toolName: 'tool',
      input: value,
      output: value,
      isError: true,
    },
    { type: 'upstream-event', native: { event: 'agentFlowEvent', data: value } },
  ]),
  { type: 'tool-call', toolCallId: 'c', toolName: 'tool', input: {}, clientArguments: '{}' },
  { type: 'tool-call', toolCallId: 'd', toolName: 'tool', input: {}, clientArguments: 'none' },
  { type: 'sources', sources: [{}, { id: '1', title: 'T', text: 'text', metadata: { page: 1 } }] },
  { type: 'sources', sources: [{ url: 'https://example.com' }] },
  { type: 'input-request', requestId: 'r', prompt: 'Go on?', choices: ['Yes'] },
  { type: 'input-request', requestId: 'r', prompt: 'Go on?' },
  { type: 'usage' },
  { type: 'usage', ...USAGE },
  { type: 'metadata', model: 'm' },
];
const ENDS: readonly TurnEnd[] = [
  { type: 'turn-end', outcome: 'completed', messageId: 'm', charged: 1 },
  ...FINISH_REASONS.map((finishReason): TurnEnd => ({
    type: 'turn-end',
    outcome: 'completed',
    finishReason,
    messageId: 'm',
    charged: 1,
    usage: USAGE,
    repairedEvents: 1,
  })),
  { type: 'turn-end', outcome: 'failed', charged: 0 },
];
const FAILURES: readonly ChatEvent[] = Object.keys(ERROR_CODES).map((code) => ({
  type: 'error',
  code,
  message: 'No.',
  ...(code === 'rate_limited' ? { retryAfterSeconds: 3 } : {}),
}));
const START: ChatEvent = { type: 'turn-start', ...IDS, startedAt: 0, messageId: 'm' };
const STREAMS: readonly (readonly ChatEvent[])[] = [
  ...ENDS.map((end) => [START, ...SAID, end]),
  ...FAILURES.map((failure) => [
    START,
    ...SAID,
    failure,
    { type: 'turn-end', outcome: 'failed', charged: 0 } as const,
  ]),
];

const ENCODERS: readonly (readonly [schema: string, make: () => TurnEncoder])[] = [
  ['PredictStreamEvent', () => new PredictEncoder(IDS)],
  ['FlowiseStreamEvent', () => new FlowiseEncoder(TURN)],
  ['ChatCompletionStreamEvent', () => new ChatCompletionsEncoder(TURN, true)],
  ['ChatCompletionStreamEvent', () => new ChatCompletionsEncoder(TURN, false)],
  ['ResponseStreamEvent', () => new ResponsesEncoder(TURN)],
  ['UiMessageStreamEvent', () => new AiSdkEncoder()],
  ['AgUiStreamEvent', () => new AgUiEncoder({ threadId: 's', runId: 'r', messageId: 'm' })],
  ['StormStreamEvent', () => new StormEncoder(TURN)],
  ['TodoStreamEvent', () => new TodoEncoder(true)],
  ['SessionStreamEvent', () => new SessionsEncoder()],
];

const ERROR_CODE = { type: 'string', enum: Object.keys(ERROR_CODES) };
/** Of classes, which only the running application describes. */
const OF_CLASSES = { ErrorCode: ERROR_CODE, StormContext: { type: 'object' } };
const validator = new DocumentValidator({ components: { schemas: { ...API_SCHEMAS, ...OF_CLASSES } } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function framesOf(encoder: TurnEncoder, events: readonly ChatEvent[]): unknown[] {
  const bytes = events.map((event, index) => String(encoder.encode(event, index + 1))).join('');
  return [...bytes.matchAll(/^data: ?(.+)$/gm)].map(([, data = '']) =>
    data === '[DONE]' ? data : (JSON.parse(data) as unknown),
  );
}

/** What tells the variants of a union apart, also of one in it. */
function tagsOf(schema: string): string[] {
  const { anyOf = [], discriminator } = API_SCHEMAS[schema] as {
    anyOf?: { $ref: string }[];
    discriminator?: { mapping: object };
  };
  const inner = anyOf.map(({ $ref }) => $ref.split('/').at(-1) ?? '');
  return [...Object.keys(discriminator?.mapping ?? {}), ...inner.flatMap(tagsOf)];
}

describe('the schema of a stream’s events', () => {
  it.each(ENCODERS)('%s holds for whatever an upstream tells', (schema, make) => {
    const wrong = STREAMS.flatMap((events) =>
      framesOf(make(), events).flatMap((frame) => validator.complaints(ref(schema), frame)),
    );
    expect(wrong).toEqual([]);
  });

  it.each(ENCODERS)('%s has no kind of event that is never sent', (schema, make) => {
    const tags = new Set(
      STREAMS.flatMap((events) => framesOf(make(), events)).flatMap((frame) =>
        Object.values(frame as object).filter((value) => typeof value === 'string'),
      ),
    );
    const unsent = tagsOf(schema).filter((tag) => !tags.has(tag));
    // Of Flowise's own events one stands for all.
    expect(
      unsent.filter(
        (tag) => !/^(agentReasoning|nextAgent|nextAgentFlow|artifacts|fileAnnotations|tool)$/.test(tag),
      ),
    ).toEqual([]);
  });

  it.each(ENCODERS)('%s refuses what is none of them', (schema) => {
    for (const frame of [
      null,
      1,
      '',
      'DONE',
      {},
      { event: 'token' },
      { event: 'token', data: 1 },
      { type: 'text' },
    ])
      expect(validator.complaints(ref(schema), frame)).not.toEqual([]);
  });
});

describe('what a Flowise server really said', () => {
  it.each(flowiseFixtureNames())('%s', (name) => {
    const { events } = readFlowiseFixture(name).golden;
    const schemas = {
      PredictStreamEvent: new PredictEncoder(IDS),
      FlowiseStreamEvent: new FlowiseEncoder(TURN),
    };
    for (const [schema, encoder] of Object.entries(schemas)) {
      const frames = framesOf(encoder, events);
      expect(frames.flatMap((frame) => validator.complaints(ref(schema), frame))).toEqual([]);
    }
    const stored = storedFrames(toStoredAnswer(events.map((event, index) => ({ event, end: index + 1 }))));
    expect(stored.flatMap((frame) => validator.complaints(ref('StoredFlowiseEvent'), frame))).toEqual([]);
  });
});

describe('the schema of a whole answer', () => {
  const finished = {
    text: 'Hi',
    reasoning: 'Hm',
    sources: [{ text: 'text', metadata: { page: 1 } }],
    toolResults: ANY.map((output) => ({ toolName: 'tool', toolCallId: 'a', input: output, output })),
    clientCalls: [{ type: 'tool-call', toolCallId: 'c', toolName: 'tool', input: {}, clientArguments: '{}' }],
    inputRequest: { type: 'input-request', requestId: 'r', prompt: 'Go on?' },
    usage: USAGE,
    messageId: 'm',
    charged: 1,
  } as const;

  it.each(FINISH_REASONS)('holds for one that ended with %s', (finishReason) => {
    const answer = { ...finished, finishReason } as unknown as Parameters<typeof encodeResponse>[1];
    const bare = { ...answer, text: '', usage: undefined };
    for (const one of [answer, bare]) {
      expect(validator.complaints(ref('ChatCompletion'), encodeChatCompletion(TURN, one))).toEqual([]);
      expect(validator.complaints(ref('OpenAiResponse'), encodeResponse(TURN, one))).toEqual([]);
      const { usedTools = [], sourceDocuments = [], action } = encodeFlowiseAnswer(TURN, one);
      for (const tool of usedTools) expect(validator.complaints(ref('UsedTool'), tool)).toEqual([]);
      for (const source of sourceDocuments)
        expect(validator.complaints(ref('SourceDocument'), source)).toEqual([]);
      expect(validator.complaints(ref('Action'), action)).toEqual([]);
    }
  });
});

describe('the schema of a stored event', () => {
  it('holds for what an answer may hold', () => {
    const stored = SAID.filter(({ type }) => type !== 'metadata' && type !== 'upstream-event');
    expect(stored.flatMap((event) => validator.complaints(ref('StoredEvent'), event))).toEqual([]);
  });

  it('holds in Flowise’s shape', () => {
    const frames = storedFrames(toStoredAnswer(SAID.map((event, index) => ({ event, end: index + 1 }))));
    expect(frames.length).toBeGreaterThan(10);
    expect(frames.flatMap((frame) => validator.complaints(ref('StoredFlowiseEvent'), frame))).toEqual([]);
  });
});
