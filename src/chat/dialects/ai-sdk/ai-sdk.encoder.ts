import type { JSONValue, UIMessageChunk } from 'ai';
import { toJson } from '../../../platform/json/to-json.js';
import { isObject, parseJson } from '../../../platform/json/json-object.js';
import type {
  ChatEvent,
  Source,
  ToolCall,
  ToolResult,
  TurnEnd,
  TurnError,
} from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { aroundText, TEXT } from '../frame-template.js';
import { retryAfter } from '../retry-after.js';

type DeltaKind = 'text' | 'reasoning';

interface OpenPart {
  readonly kind: DeltaKind;
  readonly id: string;
  /** What stands around the text of each of its deltas. */
  readonly around: readonly [head: string, tail: string];
}

/**
 * The UI message stream of the AI SDK, version 1, one for one reader: it opens and closes the parts of the message. Each event's last frame
 * carries the event's position as `id:`, so that a reader can go on behind it. A failure is `error`, and nothing follows it: the client
 * takes any other end for a success.
 */
export class AiSdkEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n';
  private open: OpenPart | undefined;
  private parts = 0;
  private readonly announcedTools = new Set<string>();

  /** @param after where the reader begins; parts that began before get an id of their own */
  constructor(private readonly after = 0) {}

  encode(event: ChatEvent, end: number): string {
    switch (event.type) {
      case 'text-delta':
        return this.encodeDelta('text', event.text, end);
      case 'reasoning-delta':
        return this.encodeDelta('reasoning', event.text, end);
      case 'turn-start': {
        const { messageId, continues, turnId, sessionId, chatflowId } = event;
        const own = continues === undefined ? {} : { messageId };
        const messageMetadata = { turnId, sessionId, chatflowId, ...own };
        const start: UIMessageChunk = { type: 'start', messageId: continues ?? messageId, messageMetadata };
        return frames(end, start, { type: 'start-step' });
      }
      case 'tool-call':
        this.announcedTools.add(event.toolCallId);
        return frames(end, ...this.close(), toolCall(event));
      case 'tool-result':
        return frames(end, ...this.close(), ...this.toolOutput(event));
      case 'sources':
        return frames(end, ...event.sources.map((source, index) => toSourcePart(source, `${end}-${index}`)));
      case 'input-request': {
        const { requestId, prompt, choices = [] } = event;
        const part: UIMessageChunk = { type: 'data-input-request', id: requestId, data: { prompt, choices } };
        return frames(end, ...this.close(), part);
      }
      case 'error':
        return frames(end, ...waitOf(event), { type: 'error', errorText: event.message });
      case 'turn-end':
        return event.outcome === 'completed' ? this.encodeEnd(event, end) : '';
      case 'usage':
      case 'metadata':
      case 'upstream-event':
        return '';
    }
  }

  private encodeDelta(kind: DeltaKind, text: string, end: number): string {
    let opening = '';
    if (this.open?.kind !== kind) {
      const closing = this.close();
      this.open = openPart(kind, `${kind}-${this.after}-${++this.parts}`);
      const start: UIMessageChunk = { type: `${kind}-start`, id: this.open.id };
      opening = [...closing, start].map(frame).join('');
    }
    const [head, tail] = this.open.around;
    return `${opening}id: ${end}\ndata: ${head}${toJson(text)}${tail}\n\n`;
  }

  private encodeEnd({ charged, usage, finishReason = 'stop' }: TurnEnd, end: number): string {
    const messageMetadata = { charged, ...(usage === undefined ? {} : { usage }) };
    const last: UIMessageChunk = { type: 'finish', finishReason, messageMetadata };
    return `${frames(end, ...this.close(), { type: 'finish-step' }, last)}data: [DONE]\n\n`;
  }

  private close(): UIMessageChunk[] {
    if (this.open === undefined) return [];
    const { kind, id } = this.open;
    this.open = undefined;
    return [{ type: `${kind}-end`, id }];
  }

  private toolOutput(result: ToolResult): UIMessageChunk[] {
    const { toolCallId, output, isError } = result;
    // The client refuses an output whose call it has not seen.
    const call = this.announcedTools.has(toolCallId) ? [] : [toolInput(result)];
    this.announcedTools.add(toolCallId);
    const shared = { toolCallId, providerExecuted: true };
    if (isError !== true)
      return [...call, { type: 'tool-output-available', ...shared, output: output ?? null }];
    const errorText = typeof output === 'string' ? output : JSON.stringify(output ?? null);
    return [...call, { type: 'tool-output-error', ...shared, errorText }];
  }
}

function openPart(kind: DeltaKind, id: string): OpenPart {
  const delta: UIMessageChunk = { type: `${kind}-delta`, id, delta: TEXT };
  return { kind, id, around: aroundText(delta) };
}

/** The client makes an `Error` of the text and keeps nothing else of the part; metadata it keeps. */
function waitOf(error: TurnError): UIMessageChunk[] {
  const messageMetadata = retryAfter(error);
  return Object.keys(messageMetadata).length === 0 ? [] : [{ type: 'message-metadata', messageMetadata }];
}

function toolCall(call: ToolCall): UIMessageChunk {
  const { toolCallId, toolName, clientArguments } = call;
  if (clientArguments === undefined) return toolInput(call);
  const input = parseJson(clientArguments);
  if (isObject(input)) return { type: 'tool-input-available', toolCallId, toolName, input };
  // The client does not run it then, and its next request says so.
  const errorText = 'The arguments are not a JSON object.';
  return { type: 'tool-input-error', toolCallId, toolName, input: clientArguments, errorText };
}

/** Marked as executed here, or the client would try to run the tool itself. */
function toolInput({
  toolCallId,
  toolName,
  input,
}: Pick<ToolResult, 'toolCallId' | 'toolName' | 'input'>): UIMessageChunk {
  return { type: 'tool-input-available', toolCallId, toolName, input: input ?? {}, providerExecuted: true };
}

function toSourcePart({ id, title, url, text, metadata }: Source, fallbackId: string): UIMessageChunk {
  const sourceId = id ?? fallbackId;
  const named = title === undefined ? {} : { title };
  if (url !== undefined) return { type: 'source-url', sourceId, url, ...named };
  const known = {
    ...(text === undefined ? {} : { text }),
    // Read from an upstream's JSON.
    ...(metadata === undefined ? {} : { metadata: metadata as Record<string, JSONValue> }),
  };
  return {
    type: 'source-document',
    sourceId,
    mediaType: 'text/plain',
    title: title ?? 'Source',
    ...(Object.keys(known).length === 0 ? {} : { providerMetadata: { tollgate: known } }),
  };
}

function frames(end: number, ...parts: readonly UIMessageChunk[]): string {
  const last = parts.at(-1);
  if (last === undefined) return '';
  const head = parts.slice(0, -1).map(frame).join('');
  return `${head}id: ${end}\n${frame(last)}`;
}

function frame(part: UIMessageChunk): string {
  return `data: ${toJson(part)}\n\n`;
}
