import type { Metadata, Source } from '../../contract/chat-event.js';
import { asText, isObject, type JsonObject } from '../../platform/json/json-object.js';

/** One event as Flowise sends it; the name stands inside the JSON. */
export interface FlowiseFrame {
  readonly event: string;
  readonly data?: unknown;
}

export function isFlowiseFrame(value: unknown): value is FlowiseFrame {
  return isObject(value) && typeof value.event === 'string';
}

/** Flowise's `metadata`, of which only the ids are kept: it also repeats the question and an agent's settings. */
export function toMetadata(data: JsonObject): Metadata | undefined {
  const upstreamChatId = asText(data.chatId);
  const upstreamMessageId = asText(data.chatMessageId);
  const upstreamSessionId = asText(data.sessionId);
  if ((upstreamChatId ?? upstreamMessageId ?? upstreamSessionId) === undefined) return undefined;
  return {
    type: 'metadata',
    ...(upstreamChatId !== undefined && { upstreamChatId }),
    ...(upstreamMessageId !== undefined && { upstreamMessageId }),
    ...(upstreamSessionId !== undefined && { upstreamSessionId }),
  };
}

/** A LangChain document (`pageContent`, `metadata`), stripped of internals, as a source. */
export function toSource(value: unknown): Source | undefined {
  if (!isObject(value)) return undefined;
  const metadata = isObject(value.metadata) ? value.metadata : undefined;
  const origin = asText(metadata?.source);
  const url = asText(metadata?.url) ?? (/^https?:\/\//.test(origin ?? '') ? origin : undefined);
  const id = asText(value.id);
  const title = asText(metadata?.title) ?? asText(metadata?.fileName) ?? origin;
  const text = asText(value.pageContent);
  return {
    ...(id !== undefined && { id }),
    ...(title !== undefined && { title }),
    ...(url !== undefined && { url }),
    ...(text !== undefined && { text }),
    ...(metadata !== undefined && { metadata }),
  };
}
