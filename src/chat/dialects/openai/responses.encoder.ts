import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, ToolCall, TurnEnd, TurnError } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { aroundText, TEXT } from '../frame-template.js';
import { retryAfter } from '../retry-after.js';
import { inStream } from './openai-error.js';
import type { ResponseEventMembers, ResponseEventType } from './openai.wire.js';
import { callItemId, messageItemId } from './response-item-ids.js';
import {
  callItem,
  endStateOf,
  messageItem,
  responseObject,
  textPart,
  type OutputItem,
  type RespondedTurn,
} from './response-object.js';

const DELTA = 'response.output_text.delta' satisfies ResponseEventType;

/** The answer's text, at its place among the output items. */
interface OpenMessage {
  text: string;
  readonly part: {
    readonly item_id: string;
    readonly output_index: number;
    readonly content_index: number;
  };
  /** What stands in each delta between its number and its text, and behind that. */
  readonly aroundDelta: readonly [head: string, tail: string];
}

/**
 * Events of `POST /v1/responses`, one for one reader: it numbers them and keeps the text, which the last events repeat. Items are added when
 * there is something in them, as OpenAI does; the message stays open until the end, because more text may come behind a call.
 * A failure is `response.failed` for whoever follows the states, and `error`, at which clients throw.
 */
export class ResponsesEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n';
  private sequence = 0;
  private calls = 0;
  private message: OpenMessage | undefined;
  private readonly output: OutputItem[] = [];

  constructor(private readonly turn: RespondedTurn) {}

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return this.encodeDelta(event.text);
      case 'tool-call':
        return event.clientArguments === undefined ? '' : this.encodeCall(event);
      case 'turn-start':
        return this.encodeStart();
      case 'error':
        return this.encodeError(event);
      case 'turn-end':
        return event.outcome === 'completed' ? this.encodeEnd(event) : '';
      default:
        return '';
    }
  }

  private encodeStart(): string {
    const response = responseObject(this.turn, { status: 'in_progress' });
    return this.frame('response.created', { response }) + this.frame('response.in_progress', { response });
  }

  private encodeDelta(text: string): string {
    const opening = this.message === undefined ? this.openMessage() : '';
    return opening + this.delta(text);
  }

  private openMessage(): string {
    const output_index = this.output.length;
    const part = { item_id: messageItemId(this.turn.messageId), output_index, content_index: 0 };
    const message: OpenMessage = { text: '', part, aroundDelta: aroundDelta(part) };
    this.message = message;
    this.output.push(message);
    return (
      this.frame('response.output_item.added', {
        output_index,
        item: messageItem(this.turn, 'in_progress'),
      }) + this.frame('response.content_part.added', { ...message.part, part: textPart('') })
    );
  }

  private delta(text: string): string {
    const { message } = this;
    if (message === undefined) return '';
    message.text += text;
    const [head, tail] = message.aroundDelta;
    return `event: ${DELTA}\ndata: {"type":"${DELTA}","sequence_number":${this.sequence++},${head}${toJson(text)}${tail}\n\n`;
  }

  private encodeCall(call: ToolCall): string {
    const output_index = this.output.length;
    const numbered = { call, index: this.calls++ };
    this.output.push(numbered);
    const { toolName: name, clientArguments = '' } = call;
    const item = { item_id: callItemId(this.turn.messageId, numbered.index), output_index };
    return (
      this.frame('response.output_item.added', {
        output_index,
        item: callItem(this.turn, numbered, 'in_progress'),
      }) +
      this.frame('response.function_call_arguments.delta', { ...item, delta: clientArguments }) +
      this.frame('response.function_call_arguments.done', { ...item, name, arguments: clientArguments }) +
      this.frame('response.output_item.done', { output_index, item: callItem(this.turn, numbered) })
    );
  }

  private encodeEnd({ usage, finishReason }: TurnEnd): string {
    const { output, turn } = this;
    const state = endStateOf(finishReason);
    // An answer without a word is an empty message; calls alone are none.
    const opening = output.length === 0 ? this.openMessage() : '';
    const closing = this.closeMessage(state.status);
    const response = responseObject(turn, { ...state, output, ...(usage === undefined ? {} : { usage }) });
    return opening + closing + this.frame(`response.${state.status}`, { response });
  }

  private closeMessage(status: 'completed' | 'incomplete'): string {
    const { message, turn } = this;
    if (message === undefined) return '';
    const { text, part } = message;
    return (
      this.frame('response.output_text.done', { ...part, text, logprobs: [] }) +
      this.frame('response.content_part.done', { ...part, part: textPart(text) }) +
      this.frame('response.output_item.done', {
        output_index: this.output.indexOf(message),
        item: messageItem(turn, status, text),
      })
    );
  }

  private encodeError(error: TurnError): string {
    const { code, message } = error;
    const response = responseObject(this.turn, {
      status: 'failed',
      error: { code, message, ...retryAfter(error) },
    });
    return (
      this.frame('response.failed', { response }) +
      this.frame('error', { code, message, param: null, ...retryAfter(error), error: inStream(error) })
    );
  }

  private frame<T extends ResponseEventType>(type: T, members: ResponseEventMembers<T>): string {
    const event = { type, sequence_number: this.sequence++, ...members };
    return `event: ${type}\ndata: ${toJson(event)}\n\n`;
  }
}

function aroundDelta(part: OpenMessage['part']): OpenMessage['aroundDelta'] {
  const delta: ResponseEventMembers<typeof DELTA> = { ...part, logprobs: [], delta: TEXT };
  const [head, tail] = aroundText(delta);
  return [head.slice('{'.length), tail];
}
