import type { FinishReason, ToolCall } from '../../../contract/chat-event.js';
import type { FinishedTurn } from '../finished-turn.js';
import type { RetryAfter } from '../retry-after.js';
import type { CompletedTurn } from './chat-completions.encoder.js';
import { NOTHING_ASKED, type EchoedRequest } from './echoed-request.js';
import { incompleteReason } from './openai-finish.js';
import { responseUsage, type TurnUsage } from './openai-usage.js';
import type {
  IncompleteReason,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseOutputText,
  WireResponse,
} from './openai.wire.js';
import { callItemId, messageItemId } from './response-item-ids.js';

/** The prefix of a response's id; the turn's id follows, so that `previous_response_id` leads back to the turn. */
export const RESPONSE_ID_PREFIX = 'resp_';

export interface RespondedTurn extends CompletedTurn {
  readonly sessionId: string;
  readonly messageId: string;
  /** What its response repeats; absent: nothing was asked for. */
  readonly asked?: EchoedRequest;
}

/** A tool that the client has to run, with its place among the answer's. */
export interface NumberedCall {
  readonly call: ToolCall;
  readonly index: number;
}

/** What an answer is made of. */
export type OutputItem = { readonly text: string } | NumberedCall;

/** What differs between the states of one response. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  /** Why it is `incomplete`. */
  readonly reason?: IncompleteReason;
  /** In the order in which they came. */
  readonly output?: readonly OutputItem[];
  readonly usage?: TurnUsage;
  readonly error?: RetryAfter & { readonly code: string; readonly message: string };
}

/** A `response` as it stands in events and answers. The session shows as its `conversation`. */
export function responseObject(
  turn: RespondedTurn,
  { status, reason, output = [], usage, error }: ResponseState,
): WireResponse {
  const { previous_response_id, text, tool_choice, tools } = turn.asked ?? NOTHING_ASKED;
  return {
    id: `${RESPONSE_ID_PREFIX}${turn.id}`,
    object: 'response',
    created_at: Math.floor(turn.startedAt.getTime() / 1000),
    status,
    background: false,
    conversation: { id: turn.sessionId },
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    metadata: {},
    model: turn.chatflowId,
    output: output.map((item) =>
      'text' in item
        ? messageItem(turn, status === 'incomplete' ? status : 'completed', item.text)
        : callItem(turn, item),
    ),
    parallel_tool_calls: true,
    previous_response_id,
    temperature: null,
    text,
    tool_choice,
    tools,
    top_p: null,
    ...(status === 'completed' || status === 'incomplete' ? { usage: responseUsage(usage) } : {}),
  };
}

/** The assistant's message. @param text undefined while nothing was said */
export function messageItem(
  { messageId }: RespondedTurn,
  status: 'in_progress' | 'completed' | 'incomplete',
  text?: string,
): ResponseOutputMessage {
  const content = text === undefined ? [] : [textPart(text)];
  return { id: messageItemId(messageId), type: 'message', status, role: 'assistant', content };
}

/** A tool that the client has to run. */
export function callItem(
  { messageId }: RespondedTurn,
  { call: { toolCallId, toolName, clientArguments = '' }, index }: NumberedCall,
  status: 'in_progress' | 'completed' = 'completed',
): ResponseFunctionToolCall {
  return {
    id: callItemId(messageId, index),
    type: 'function_call',
    status,
    call_id: toolCallId,
    name: toolName,
    arguments: status === 'completed' ? clientArguments : '',
  };
}

export function textPart(text: string): ResponseOutputText {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** A completed turn as the answer of `POST /v1/responses` without streaming. */
export function encodeResponse(
  turn: RespondedTurn,
  { text, clientCalls = [], usage, finishReason }: FinishedTurn,
): WireResponse {
  const calls = clientCalls.map((call, index) => ({ call, index }));
  // Calls without a word are no message.
  const message = text === '' && calls.length > 0 ? [] : [{ text }];
  return responseObject(turn, {
    ...endStateOf(finishReason),
    output: [...message, ...calls],
    ...(usage === undefined ? {} : { usage }),
  });
}

/** The last state of a response that did not fail: an answer that was cut is `incomplete`. */
export function endStateOf(finishReason: FinishReason | undefined): Pick<ResponseState, 'reason'> & {
  readonly status: 'completed' | 'incomplete';
} {
  const reason = incompleteReason(finishReason);
  return reason === undefined ? { status: 'completed' } : { status: 'incomplete', reason };
}
