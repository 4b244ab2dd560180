import type { FinishReason, ToolCall } from '../../../contract/chat-event.js';
import type { FinishedTurn } from '../finished-turn.js';
import type { CompletedTurn } from './chat-completions.encoder.js';
import { incompleteReason } from './openai-finish.js';
import { responseUsage, type TurnUsage } from './openai-usage.js';
import type {
  IncompleteReason,
  ResponseFunctionToolCall,
  ResponseOutputMessage,
  ResponseOutputText,
  WireResponse,
} from './openai.wire.js';

/** The prefix of a response's id; the turn's id follows, so that `previous_response_id` leads back to the turn. */
export const RESPONSE_ID_PREFIX = 'resp_';

export interface RespondedTurn extends CompletedTurn {
  readonly sessionId: string;
  readonly messageId: string;
}

/** What differs between the states of one response. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  /** Why it is `incomplete`. */
  readonly reason?: IncompleteReason;
  readonly text?: string;
  /** Those that the client has to run. */
  readonly calls?: readonly ToolCall[];
  readonly usage?: TurnUsage;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A `response` as it stands in events and answers. The session shows as its `conversation`. */
export function responseObject(
  turn: RespondedTurn,
  { status, reason, text, calls = [], usage, error }: ResponseState,
): WireResponse {
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
    output:
      text === undefined
        ? []
        : [
            messageItem(turn, status === 'incomplete' ? status : 'completed', text),
            ...calls.map((call) => callItem(call)),
          ],
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    ...(usage === undefined ? {} : { usage: responseUsage(usage) }),
  };
}

/** The one output item: the assistant's message. @param text undefined while nothing was said */
export function messageItem(
  { messageId }: RespondedTurn,
  status: 'in_progress' | 'completed' | 'incomplete',
  text?: string,
): ResponseOutputMessage {
  const content = text === undefined ? [] : [textPart(text)];
  return { id: `msg_${messageId}`, type: 'message', status, role: 'assistant', content };
}

/** A tool that the client has to run. */
export function callItem(
  { toolCallId, toolName, clientArguments = '' }: ToolCall,
  status: 'in_progress' | 'completed' = 'completed',
): ResponseFunctionToolCall {
  return {
    id: `fc_${toolCallId}`,
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
  { text, clientCalls: calls = [], usage, finishReason }: FinishedTurn,
): WireResponse {
  return responseObject(turn, {
    ...endStateOf(finishReason),
    text,
    calls,
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
