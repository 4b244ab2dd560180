import type { FinishReason, InputRequest, SourceDocument, ToolCall, WireEvent } from './stream-event.js';

/**
 * Reads one frame's data: `{"event":NAME,"data":…}`.
 * @throws SyntaxError when it is no such JSON, or lacks what its event must have
 */
export function decodeEvent(data: string): WireEvent {
  const frame: unknown = JSON.parse(data);
  if (!isObject(frame) || typeof frame.event !== 'string') throw new SyntaxError('The event has no name.');
  switch (frame.event) {
    case 'session_id':
      return {
        type: 'start',
        sessionId: text(frame.data, 'session'),
        turnId: text(frame.turn_id, 'turn'),
        chatflowId: typeof frame.chatflow_id === 'string' ? frame.chatflow_id : '',
      };
    case 'token':
      return { type: 'token', text: text(frame.data, 'text') };
    case 'thinking':
      return { type: 'thinking', text: text(frame.data, 'text') };
    case 'calledTools':
      return { type: 'tool-calls', calls: list(frame.data).map(toolCall) };
    case 'usedTools':
      return { type: 'tool-results', calls: list(frame.data).map(toolCall) };
    case 'sourceDocuments':
      return { type: 'sources', sources: list(frame.data).map(sourceDocument) };
    case 'action':
      return { type: 'input-request', request: inputRequest(frame.data) };
    case 'metadata':
      return completed(frame.data);
    case 'error':
      return {
        type: 'failed',
        code: typeof frame.code === 'string' ? frame.code : 'internal',
        message: typeof frame.data === 'string' ? frame.data : 'The turn failed.',
        ...(typeof frame.retryAfterSeconds === 'number' && { retryAfterSeconds: frame.retryAfterSeconds }),
      };
    case 'end':
      return { type: 'end' };
    default:
      return { type: 'other', name: frame.event, data: frame.data };
  }
}

function completed(data: unknown): WireEvent {
  if (!isObject(data)) throw new SyntaxError('The event has no data.');
  return {
    type: 'completed',
    messageId: typeof data.messageId === 'string' ? data.messageId : '',
    charged: typeof data.charged === 'number' ? data.charged : 0,
    ...(typeof data.finishReason === 'string' ? { finishReason: data.finishReason as FinishReason } : {}),
  };
}

/** @param value one entry of `calledTools` or `usedTools`, of any Flowise version */
export function toolCall(value: unknown): ToolCall {
  const entry = isObject(value) ? value : {};
  const name = entry.tool ?? entry.toolName ?? entry.name;
  const id = entry.toolCallId ?? entry.id;
  const output = entry.toolOutput ?? entry.output;
  return {
    name: typeof name === 'string' ? name : 'tool',
    input: entry.toolInput ?? entry.input ?? entry.args ?? {},
    ...(output === undefined ? {} : { output }),
    ...(entry.error === true || entry.isError === true ? { isError: true } : {}),
    ...(typeof id === 'string' ? { id } : {}),
  };
}

/** @param value one entry of `sourceDocuments`, or a stored message's source */
export function sourceDocument(value: unknown): SourceDocument {
  const entry = isObject(value) ? value : {};
  const metadata = isObject(entry.metadata) ? entry.metadata : {};
  const content = entry.pageContent ?? entry.text;
  const title = entry.title ?? metadata.title ?? metadata.source ?? metadata.fileName;
  const url = entry.url ?? metadata.url;
  return {
    text: typeof content === 'string' ? content : '',
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof url === 'string' ? { url } : {}),
    metadata,
  };
}

/** @param value an `action` of Flowise, or a stored `input-request` */
export function inputRequest(value: unknown): InputRequest {
  const entry = isObject(value) ? value : {};
  const id = entry.requestId ?? entry.id;
  const labels = list(entry.elements).map((element) => (isObject(element) ? element.label : undefined));
  return {
    id: typeof id === 'string' ? id : '',
    prompt: typeof entry.prompt === 'string' ? entry.prompt : '',
    choices: [...list(entry.choices), ...(Array.isArray(entry.choices) ? [] : labels)].filter(
      (label): label is string => typeof label === 'string',
    ),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new SyntaxError(`The event has no ${what}.`);
}
