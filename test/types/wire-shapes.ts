import type { UIMessageChunk } from 'ai';
import type { AgUiEvent } from '../../src/chat/dialects/ag-ui/ag-ui.wire.js';
import type { FlowiseTextFrame } from '../../src/chat/dialects/flowise/flowise.wire.js';
import type {
  Completion,
  CompletionChunk,
  CompletionDelta,
  ResponseEvent,
  ResponseEventMembers,
  WireResponse,
} from '../../src/chat/dialects/openai/openai.wire.js';
import { responseObject } from '../../src/chat/dialects/openai/response-object.js';
import type { FlowisePrediction } from '../../src/upstream/flowise/flowise-request.js';
import type { OpenAiMessage } from '../../src/upstream/openai/openai-messages.js';

/*
 * Never run, only compiled (`npm run types`): each of these is a frame that a client would not understand. If one of them should compile, the type
 * has gone soft, and TypeScript says that its `@ts-expect-error` expects nothing.
 */

const chunk: Omit<CompletionChunk, 'choices'> = {
  id: '1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'c',
};
const choice = { index: 0, logprobs: null };

export const chatCompletions: readonly CompletionChunk[] = [
  {
    ...chunk,
    choices: [{ ...choice, delta: { content: 'a', reasoning_content: 'b' }, finish_reason: 'stop' }],
  },
  // @ts-expect-error a reason that nobody knows
  { ...chunk, choices: [{ ...choice, delta: {}, finish_reason: 'tool-calls' }] },
  // @ts-expect-error a choice without its reason
  { ...chunk, choices: [{ ...choice, delta: {} }] },
  // @ts-expect-error counts without a total
  { ...chunk, choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
];

const call = { id: 'c', type: 'function' as const, function: { name: 'add', arguments: '' } };
export const deltas: readonly CompletionDelta[] = [
  // @ts-expect-error a misspelt member
  { contents: 'a' },
  // @ts-expect-error a piece of a call without its place
  { tool_calls: [call] },
];

// @ts-expect-error a completion is no chunk
export const completionKind: Completion['object'] = 'chat.completion.chunk';

export const responses: readonly ResponseEventMembers<'response.output_text.delta'>[] = [
  { item_id: 'm', output_index: 0, content_index: 0, logprobs: [], delta: 'a' },
  // @ts-expect-error without the list of probabilities, which the library reads
  { item_id: 'm', output_index: 0, content_index: 0, delta: 'a' },
];

// @ts-expect-error no event of this name
export const responseEvent: ResponseEvent['type'] = 'response.text.delta';

const turn = { id: 't', chatflowId: 'c', sessionId: 's', messageId: 'm', startedAt: new Date() };
export const response: WireResponse = responseObject(turn, { status: 'in_progress' });
// @ts-expect-error a reason that nobody knows
export const incomplete: WireResponse = responseObject(turn, { status: 'incomplete', reason: 'length' });

export const aiSdk: readonly UIMessageChunk[] = [
  { type: 'text-delta', id: 'p', delta: 'a' },
  // @ts-expect-error the text is in `delta`
  { type: 'text-delta', id: 'p', text: 'a' },
  // @ts-expect-error no such part, which kills the client's stream
  { type: 'text', id: 'p', delta: 'a' },
  // @ts-expect-error a reason that nobody knows
  { type: 'finish', finishReason: 'stopped' },
  // @ts-expect-error a source without its title
  { type: 'source-document', sourceId: 's', mediaType: 'text/plain' },
];

export const agUi: readonly AgUiEvent[] = [
  { type: 'TEXT_MESSAGE_CONTENT', messageId: 'm', delta: 'a' },
  // @ts-expect-error a delta without its message
  { type: 'TEXT_MESSAGE_CONTENT', delta: 'a' },
  // @ts-expect-error no event of this name
  { type: 'TEXT_MESSAGE', messageId: 'm', delta: 'a' },
  // @ts-expect-error a misspelt member
  { type: 'TOOL_CALL_START', toolCallId: 'c', toolName: 'add' },
  // @ts-expect-error thoughts are said by `reasoning`
  { type: 'REASONING_MESSAGE_START', messageId: 'm', role: 'assistant' },
];

export const flowise: readonly FlowiseTextFrame[] = [
  { event: 'token', data: 'a' },
  // @ts-expect-error text is a string
  { event: 'token', data: { text: 'a' } },
  // @ts-expect-error the library reads `event`
  { type: 'token', data: 'a' },
];

export const predictions: readonly FlowisePrediction[] = [
  { question: 'a', streaming: true, chatId: 'r', overrideConfig: { sessionId: 's' } },
  // @ts-expect-error a body without a question
  { streaming: true },
  // @ts-expect-error a role of another format
  { question: 'a', history: [{ role: 'user', content: 'b' }] },
  // @ts-expect-error a file without its type
  { question: 'a', uploads: [{ name: 'a.png', mime: 'image/png', data: 'data:' }] },
];

export const messages: readonly OpenAiMessage[] = [
  { role: 'tool', tool_call_id: 'c', content: 'a' },
  // @ts-expect-error a result without its call
  { role: 'tool', content: 'a' },
  // @ts-expect-error a call without a type
  { role: 'assistant', tool_calls: [{ id: 'c', function: { name: 'add', arguments: '' } }] },
];
