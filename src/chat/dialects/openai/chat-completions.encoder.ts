import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, ToolCall, TurnEnd } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import type { FinishedTurn } from '../finished-turn.js';
import { aroundText, TEXT } from '../frame-template.js';
import { inStream } from './openai-error.js';
import { completionReason } from './openai-finish.js';
import { completionUsage, UNREPORTED_USAGE } from './openai-usage.js';
import type {
  Completion,
  CompletionChunk,
  CompletionDelta,
  CompletionMessage,
  CompletionReason,
  CompletionToolCall,
} from './openai.wire.js';

export interface CompletedTurn {
  readonly id: string;
  readonly chatflowId: string;
  readonly startedAt: Date;
}

const DONE = 'data: [DONE]\n\n';

/**
 * Chunks of `POST /v1/chat/completions`: a role, the content, a reason to finish, `[DONE]`. Tools that ran on the server are not shown:
 * a client would take them for calls that it should make; those that it should make are. A failure is one `error` frame, at which clients throw.
 */
export class ChatCompletionsEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n';
  private readonly head: string;
  private readonly tail: string;
  private readonly identity: Identity<'chat.completion.chunk'>;
  private clientCalls = 0;

  /** @param includeUsage whether the client asked for a last chunk with token counts; every other chunk then says `usage: null` */
  constructor(
    turn: CompletedTurn,
    private readonly includeUsage: boolean,
  ) {
    this.identity = identity(turn, 'chat.completion.chunk');
    const [head, tail] = aroundText(this.whole({ content: TEXT }));
    this.head = `data: ${head}`;
    this.tail = `${tail}\n\n`;
  }

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return `${this.head}${toJson(event.text)}${this.tail}`;
      case 'reasoning-delta':
        return this.chunk({ reasoning_content: event.text });
      case 'tool-call':
        return event.clientArguments === undefined ? '' : this.encodeCall(event);
      case 'turn-start':
        return this.chunk({ role: 'assistant', content: '', refusal: null });
      case 'error':
        return `data: ${toJson({ error: inStream(event) })}\n\n`;
      case 'turn-end':
        return event.outcome === 'completed' ? this.encodeEnd(event) : '';
      default:
        return '';
    }
  }

  private encodeCall(call: ToolCall): string {
    const piece = { index: this.clientCalls, ...toolCall(call) };
    this.clientCalls += 1;
    return this.chunk({ tool_calls: [piece] });
  }

  private encodeEnd({ usage, finishReason }: TurnEnd): string {
    const finish = this.chunk({}, completionReason(finishReason));
    if (!this.includeUsage) return finish + DONE;
    const counted = usage === undefined ? UNREPORTED_USAGE : completionUsage(usage);
    const counts: CompletionChunk = { ...this.identity, choices: [], usage: counted };
    return `${finish}data: ${toJson(counts)}\n\n${DONE}`;
  }

  private chunk(delta: CompletionDelta, finishReason: CompletionReason | null = null): string {
    return `data: ${toJson(this.whole(delta, finishReason))}\n\n`;
  }

  private whole(delta: CompletionDelta, finish_reason: CompletionReason | null = null): CompletionChunk {
    return {
      ...this.identity,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(this.includeUsage ? { usage: null } : {}),
    };
  }
}

/** A completed turn as one `chat.completion`. `usage` is left out when the upstream reported none. */
export function encodeChatCompletion(
  turn: CompletedTurn,
  { text, reasoning, clientCalls = [], usage, finishReason }: FinishedTurn,
): Completion {
  const message: CompletionMessage = {
    role: 'assistant',
    content: text === '' && clientCalls.length > 0 ? null : text,
    refusal: null,
    ...(clientCalls.length === 0 ? {} : { tool_calls: clientCalls.map(toolCall) }),
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
  };
  return {
    ...identity(turn, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: completionReason(finishReason) }],
    ...(usage === undefined ? {} : { usage: completionUsage(usage) }),
  };
}

function toolCall({ toolCallId, toolName, clientArguments = '' }: ToolCall): CompletionToolCall {
  return { id: toolCallId, type: 'function', function: { name: toolName, arguments: clientArguments } };
}

interface Identity<T extends (Completion | CompletionChunk)['object']> {
  readonly id: string;
  readonly object: T;
  readonly created: number;
  readonly model: string;
}

function identity<T extends (Completion | CompletionChunk)['object']>(
  { id, chatflowId, startedAt }: CompletedTurn,
  object: T,
): Identity<T> {
  return {
    id: `chatcmpl-${id}`,
    object,
    created: Math.floor(startedAt.getTime() / 1000),
    model: chatflowId,
  };
}
