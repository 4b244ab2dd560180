import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, ToolCall, ToolResult, TurnEnd, TurnError } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { aroundText, TEXT } from '../frame-template.js';
import { retryAfter, type RetryAfter } from '../retry-after.js';
import type { AgUiEvent } from './ag-ui.wire.js';

type SpanKind = 'text' | 'reasoning';

interface OpenSpan {
  readonly kind: SpanKind;
  readonly id: string;
  /** What stands around the text of each of its deltas. */
  readonly around: readonly [head: string, tail: string];
}

/** How the client calls what it runs. */
export interface AgUiRun {
  readonly threadId: string;
  readonly runId: string;
  /** The assistant message's id. */
  readonly messageId: string;
}

/**
 * AG-UI events, one encoder for one reader: it opens and closes messages. A failure is `RUN_ERROR`, and nothing follows it. What the
 * protocol has no event for is `CUSTOM`.
 */
export class AgUiEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n';
  private open: OpenSpan | undefined;
  private spans = 0;
  /** Of the last message with text. */
  private textId: string | undefined;
  private readonly announcedTools = new Set<string>();

  constructor(private readonly run: AgUiRun) {}

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return this.encodeDelta('text', event.text);
      case 'reasoning-delta':
        return this.encodeDelta('reasoning', event.text);
      case 'turn-start': {
        const { turnId, sessionId, chatflowId } = event;
        return this.started() + custom('turn', { turnId, sessionId, chatflowId });
      }
      case 'tool-call':
        return this.close() + this.encodeCall(event, this.parentOf(event));
      case 'tool-result':
        return this.close() + this.encodeResult(event);
      case 'sources':
        return custom('sources', event.sources);
      case 'input-request': {
        const { requestId, prompt, choices = [] } = event;
        return this.close() + custom('input-request', { requestId, prompt, choices });
      }
      case 'usage': {
        const { inputTokens, outputTokens, totalTokens } = event;
        return custom('usage', { inputTokens, outputTokens, totalTokens });
      }
      case 'error':
        return frame({ type: 'RUN_ERROR', message: event.message, code: event.code, ...metadataOf(event) });
      case 'turn-end':
        return event.outcome === 'completed' ? this.encodeEnd(event) : '';
      case 'metadata':
      case 'upstream-event':
        return '';
    }
  }

  private started(): string {
    const { threadId, runId } = this.run;
    return frame({ type: 'RUN_STARTED', threadId, runId });
  }

  private encodeDelta(kind: SpanKind, text: string): string {
    let opening = '';
    if (this.open?.kind !== kind) {
      opening = this.close();
      this.open = openSpan(kind, this.nextId());
      if (kind === 'text') this.textId = this.open.id;
      opening += kind === 'text' ? textStart(this.open.id) : reasoningStart(this.open.id);
    }
    const [head, tail] = this.open.around;
    return `${opening}data: ${head}${toJson(text)}${tail}\n\n`;
  }

  /** The first message has the id under which the answer is stored. */
  private nextId(): string {
    this.spans++;
    return this.spans === 1 ? this.run.messageId : `${this.run.messageId}-${this.spans}`;
  }

  private close(): string {
    if (this.open === undefined) return '';
    const { kind, id: messageId } = this.open;
    this.open = undefined;
    if (kind === 'text') return frame({ type: 'TEXT_MESSAGE_END', messageId });
    return frame({ type: 'REASONING_MESSAGE_END', messageId }) + frame({ type: 'REASONING_END', messageId });
  }

  /** What the client has to run belongs to the message that it will send back with the result. */
  private parentOf({ clientArguments }: ToolCall): { readonly parentMessageId?: string } {
    if (clientArguments === undefined) return {};
    this.textId ??= this.nextId();
    return { parentMessageId: this.textId };
  }

  private encodeCall(
    { toolCallId, toolName, input, clientArguments }: Omit<ToolCall, 'type' | 'native'>,
    parent: object = {},
  ): string {
    this.announcedTools.add(toolCallId);
    const delta = clientArguments ?? JSON.stringify(input ?? {});
    return (
      frame({ type: 'TOOL_CALL_START', toolCallId, toolCallName: toolName, ...parent }) +
      frame({ type: 'TOOL_CALL_ARGS', toolCallId, delta }) +
      frame({ type: 'TOOL_CALL_END', toolCallId })
    );
  }

  private encodeResult(result: ToolResult): string {
    const { toolCallId, output } = result;
    const { input } = result;
    const call = this.announcedTools.has(toolCallId) ? '' : this.encodeCall({ ...result, input });
    const content = typeof output === 'string' ? output : JSON.stringify(output ?? null);
    const messageId = `${this.run.messageId}-${toolCallId}`;
    return call + frame({ type: 'TOOL_CALL_RESULT', messageId, toolCallId, content, role: 'tool' });
  }

  private encodeEnd({ charged, messageId, finishReason = 'stop' }: TurnEnd): string {
    const { threadId, runId } = this.run;
    return (
      this.close() +
      frame({ type: 'RUN_FINISHED', threadId, runId, result: { messageId, charged, finishReason } })
    );
  }
}

function openSpan(kind: SpanKind, id: string): OpenSpan {
  const type = kind === 'text' ? 'TEXT_MESSAGE_CONTENT' : 'REASONING_MESSAGE_CONTENT';
  const delta: AgUiEvent = { type, messageId: id, delta: TEXT };
  return { kind, id, around: aroundText(delta) };
}

/** The client takes members that it does not know off its events. */
function metadataOf(error: TurnError): { readonly metadata?: RetryAfter } {
  const metadata = retryAfter(error);
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}

function textStart(messageId: string): string {
  return frame({ type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' });
}

function reasoningStart(messageId: string): string {
  return (
    frame({ type: 'REASONING_START', messageId }) +
    frame({ type: 'REASONING_MESSAGE_START', messageId, role: 'reasoning' })
  );
}

function custom(name: string, value: unknown): string {
  return frame({ type: 'CUSTOM', name, value });
}

function frame(event: AgUiEvent): string {
  return `data: ${toJson(event)}\n\n`;
}
