import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, ToolCall, TurnEnd, TurnError } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { aroundText, TEXT } from '../frame-template.js';
import { toOpenAiError } from './openai-error.js';
import type { ResponseEventMembers, ResponseEventType } from './openai.wire.js';
import {
  callItem,
  endStateOf,
  messageItem,
  responseObject,
  textPart,
  type RespondedTurn,
} from './response-object.js';

const DELTA = 'response.output_text.delta' satisfies ResponseEventType;

/**
 * Events of `POST /v1/responses`, one for one reader: it numbers them and keeps the text, which the last events repeat.
 * A failure is `response.failed` for whoever follows the states, and `error`, at which clients throw.
 */
export class ResponsesEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n';
  private sequence = 0;
  private text = '';
  private readonly calls: ToolCall[] = [];
  private readonly part: {
    readonly item_id: string;
    readonly output_index: number;
    readonly content_index: number;
  };
  /** What stands in each delta between its number and its text, and behind that. */
  private readonly aroundDelta: readonly [string, string];

  constructor(private readonly turn: RespondedTurn) {
    const item_id = `msg_${turn.messageId}`;
    this.part = { item_id, output_index: 0, content_index: 0 };
    const delta: ResponseEventMembers<typeof DELTA> = { ...this.part, logprobs: [], delta: TEXT };
    const [head, tail] = aroundText(delta);
    this.aroundDelta = [head.slice('{'.length), tail];
  }

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
    return (
      this.frame('response.created', { response }) +
      this.frame('response.in_progress', { response }) +
      this.frame('response.output_item.added', {
        output_index: 0,
        item: messageItem(this.turn, 'in_progress'),
      }) +
      this.frame('response.content_part.added', { ...this.part, part: textPart('') })
    );
  }

  private encodeDelta(text: string): string {
    this.text += text;
    const [head, tail] = this.aroundDelta;
    return `event: ${DELTA}\ndata: {"type":"${DELTA}","sequence_number":${this.sequence++},${head}${toJson(text)}${tail}\n\n`;
  }

  /** Behind the message, which is there from the beginning. */
  private encodeCall(call: ToolCall): string {
    const output_index = this.calls.push(call);
    const { toolCallId, clientArguments = '' } = call;
    const item = { item_id: `fc_${toolCallId}`, output_index };
    return (
      this.frame('response.output_item.added', { output_index, item: callItem(call, 'in_progress') }) +
      this.frame('response.function_call_arguments.delta', { ...item, delta: clientArguments }) +
      this.frame('response.function_call_arguments.done', {
        ...item,
        name: call.toolName,
        arguments: clientArguments,
      }) +
      this.frame('response.output_item.done', { output_index, item: callItem(call) })
    );
  }

  private encodeEnd({ usage, finishReason }: TurnEnd): string {
    const { text, turn } = this;
    const state = endStateOf(finishReason);
    const response = responseObject(turn, {
      ...state,
      text,
      calls: this.calls,
      ...(usage === undefined ? {} : { usage }),
    });
    return (
      this.frame('response.output_text.done', { ...this.part, text, logprobs: [] }) +
      this.frame('response.content_part.done', { ...this.part, part: textPart(text) }) +
      this.frame('response.output_item.done', {
        output_index: 0,
        item: messageItem(turn, state.status, text),
      }) +
      this.frame(`response.${state.status}`, { response })
    );
  }

  private encodeError({ code, message }: TurnError): string {
    const response = responseObject(this.turn, { status: 'failed', error: { code, message } });
    return (
      this.frame('response.failed', { response }) +
      this.frame('error', { code, message, param: null, error: toOpenAiError(code, message) })
    );
  }

  private frame<T extends ResponseEventType>(type: T, members: ResponseEventMembers<T>): string {
    const event = { type, sequence_number: this.sequence++, ...members };
    return `event: ${type}\ndata: ${toJson(event)}\n\n`;
  }
}
