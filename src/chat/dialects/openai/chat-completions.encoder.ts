import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, ToolCall, TurnEnd } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import type { FinishedTurn } from '../finished-turn.js';
import { inStream } from './openai-error.js';
import { completionReason } from './openai-finish.js';
import { completionUsage, UNREPORTED_USAGE } from './openai-usage.js';

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
  private clientCalls = 0;

  /** @param includeUsage whether the client asked for a last chunk with token counts; every other chunk then says `usage: null` */
  constructor(
    turn: CompletedTurn,
    private readonly includeUsage: boolean,
  ) {
    this.head = `data: ${toJson(identity(turn, 'chat.completion.chunk')).slice(0, -1)},"choices":[`;
    this.tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  }

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return this.chunk(`{"content":${toJson(event.text)}}`);
      case 'reasoning-delta':
        return this.chunk(`{"reasoning_content":${toJson(event.text)}}`);
      case 'tool-call':
        return event.clientArguments === undefined ? '' : this.encodeCall(event);
      case 'turn-start':
        return this.chunk('{"role":"assistant","content":"","refusal":null}');
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
    return this.chunk(toJson({ tool_calls: [piece] }));
  }

  private encodeEnd({ usage, finishReason }: TurnEnd): string {
    const finish = this.chunk('{}', toJson(completionReason(finishReason)));
    if (!this.includeUsage) return finish + DONE;
    const counted = usage === undefined ? UNREPORTED_USAGE : completionUsage(usage);
    return `${finish}${this.head}],"usage":${toJson(counted)}}\n\n${DONE}`;
  }

  private chunk(delta: string, finishReason = 'null'): string {
    return `${this.head}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}${this.tail}`;
  }
}

/** A completed turn as one `chat.completion`. `usage` is left out when the upstream reported none. */
export function encodeChatCompletion(
  turn: CompletedTurn,
  { text, reasoning, clientCalls = [], usage, finishReason }: FinishedTurn,
): object {
  const message = {
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

function toolCall({ toolCallId, toolName, clientArguments }: ToolCall): object {
  return { id: toolCallId, type: 'function', function: { name: toolName, arguments: clientArguments } };
}

function identity({ id, chatflowId, startedAt }: CompletedTurn, object: string): object {
  return {
    id: `chatcmpl-${id}`,
    object,
    created: Math.floor(startedAt.getTime() / 1000),
    model: chatflowId,
  };
}
