import { toJson } from '../../../platform/json/to-json.js';
import type {
  ChatEvent,
  InputRequest,
  NativeFrame,
  Source,
  TurnEnd,
  TurnStart,
} from '../../../contract/chat-event.js';
import { putBackSources } from '../../../upstream/source-documents.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { retryAfter } from '../retry-after.js';

/**
 * The predict dialect: Flowise-shaped events, each one `id:` and one single-line JSON `data:`, the event's name inside
 * the JSON. A success ends with `metadata` and `end`, a failure with `error` and `end`, so `end` alone is no success.
 */
export class PredictEncoder implements TurnEncoder {
  /** A comment with one newline: `@microsoft/fetch-event-source` takes a blank line for an empty message. */
  readonly heartbeat = ': hb\n';

  /**
   * @param turn what the first and the last event name
   * @param after where the stream is resumed: the end's first frame is left out when the client has it already
   */
  constructor(
    private readonly turn: {
      readonly turnId: string;
      readonly sessionId: string;
      readonly chatflowId: string;
    },
    private readonly after = 0,
  ) {}

  encode(event: ChatEvent, end: number): string {
    switch (event.type) {
      case 'text-delta':
        return `id: ${end}\ndata: {"event":"token","data":${toJson(event.text)}}\n\n`;
      case 'reasoning-delta':
        return frame(end, 'thinking', event.text);
      case 'turn-start':
        return encodeStart(event, end);
      case 'error':
        return jsonFrame(end, {
          event: 'error',
          data: event.message,
          code: event.code,
          turnId: this.turn.turnId,
          ...retryAfter(event),
        });
      case 'turn-end':
        return this.encodeEnd(event, end);
      case 'metadata':
        return '';
      case 'usage': {
        const { type: _, ...usage } = event;
        return frame(end, 'usageMetadata', usage);
      }
      default:
        return encodeNative(event, end);
    }
  }

  private encodeEnd(event: TurnEnd, end: number): string {
    const done = frame(end, 'end', '[DONE]');
    if (event.outcome !== 'completed' || this.after >= end - 1) return done;
    const metadata = {
      sessionId: this.turn.sessionId,
      turnId: this.turn.turnId,
      chatflowId: this.turn.chatflowId,
      messageId: event.messageId,
      charged: event.charged,
      ...(event.finishReason === undefined ? {} : { finishReason: event.finishReason }),
      ...(event.usage === undefined ? {} : { usage: event.usage }),
      repairedEvents: event.repairedEvents ?? 0,
      droppedEvents: event.droppedEvents ?? 0,
    };
    return frame(end - 1, 'metadata', metadata) + done;
  }
}

function encodeStart(event: TurnStart, end: number): string {
  return jsonFrame(end, {
    event: 'session_id',
    data: event.sessionId,
    chatflow_id: event.chatflowId,
    timestamp: new Date(event.startedAt).toISOString(),
    status: 'streaming_started',
    turn_id: event.turnId,
  });
}

/** Events that Flowise has frames of its own for. */
export type NativeEvent = Exclude<
  ChatEvent,
  { type: 'text-delta' | 'reasoning-delta' | 'turn-start' | 'error' | 'turn-end' | 'metadata' | 'usage' }
>;

function encodeNative(event: NativeEvent, end: number): string {
  const native = nativeFrame(event);
  return native === undefined ? '' : frame(end, native.event, native.data);
}

/**
 * The upstream's own frame where there is one, once; otherwise the one that Flowise would send for such an event.
 * @returns undefined when the frame was shown with an earlier event
 */
export function nativeFrame(event: NativeEvent): NativeFrame | undefined {
  if (event.native === null) return undefined;
  if (event.native !== undefined)
    return event.type === 'sources' ? putBackSources(event.native, event.sources) : event.native;
  switch (event.type) {
    case 'tool-call': {
      const { toolName, input, toolCallId } = event;
      return { event: 'calledTools', data: [{ tool: toolName, toolInput: input, toolCallId }] };
    }
    case 'tool-result':
      return { event: 'usedTools', data: [usedTool(event)] };
    case 'sources':
      return { event: 'sourceDocuments', data: event.sources.map(sourceDocument) };
    case 'input-request':
      return { event: 'action', data: actionOf(event) };
    case 'upstream-event':
      return undefined;
  }
}

/** Flowise's `action`, with what the upstream itself says of it: buttons, and who waits. */
export function actionOf({ requestId, prompt, choices = [], native }: InputRequest): object {
  const said = native?.data;
  return { id: requestId, prompt, choices, ...(typeof said === 'object' ? said : {}) };
}

/** One entry of Flowise's `usedTools`. */
export function usedTool(event: {
  toolName: string;
  input?: unknown;
  output: unknown;
  isError?: boolean;
}): unknown {
  return {
    tool: event.toolName,
    toolInput: event.input ?? {},
    toolOutput: event.output,
    ...(event.isError === true ? { error: true } : {}),
  };
}

/** One entry of Flowise's `sourceDocuments`. */
export function sourceDocument({ text, metadata, id, title, url }: Source): unknown {
  return { pageContent: text ?? '', metadata: { ...metadata, ...dropUndefined({ id, title, url }) } };
}

function dropUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}

function frame(id: number, event: string, data: unknown): string {
  return jsonFrame(id, { event, data });
}

function jsonFrame(id: number, value: unknown): string {
  return `id: ${id}\ndata: ${toJson(value)}\n\n`;
}
