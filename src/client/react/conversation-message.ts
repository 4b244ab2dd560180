import type { Message } from '../api/types.js';
import type { TollgateError } from '../errors.js';
import { withResult } from '../stream/answer.js';
import { sourceDocument, toolCall } from '../stream/decode-event.js';
import type { SourceDocument, ToolCall } from '../stream/stream-event.js';

/**
 * `waiting`: nothing of the answer has come yet · `streaming` · `completed`: stored and charged · `stopped`: by the user, what had come is kept ·
 * `interrupted`: the server stopped, nothing was charged · `failed`: nothing is stored, `error` says why.
 */
export type MessageStatus = 'waiting' | 'streaming' | 'completed' | 'stopped' | 'interrupted' | 'failed';

/** A message as a page shows it. */
export interface ConversationMessage {
  /** Stays the same for as long as the conversation is open: use it as `key`. */
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly status: MessageStatus;
  readonly toolCalls: readonly ToolCall[];
  readonly sources: readonly SourceDocument[];
  readonly turnId?: string;
  /** Credits, once they are known. */
  readonly charged?: number;
  readonly error?: TollgateError;
}

export function questionMessage(id: string, content: string): ConversationMessage {
  return { id, role: 'user', content, status: 'completed', toolCalls: [], sources: [] };
}

export function waitingAnswer(id: string): ConversationMessage {
  return { id, role: 'assistant', content: '', status: 'waiting', toolCalls: [], sources: [] };
}

/** A stored message with what its events say about tools and sources. */
export function fromStored(message: Message): ConversationMessage {
  const { turnId, role, content, status, events = [] } = message;
  let toolCalls: readonly ToolCall[] = [];
  let sources: readonly SourceDocument[] = [];
  for (const event of events) {
    if (event.type === 'tool-call') toolCalls = [...toolCalls, callOf(event)];
    else if (event.type === 'tool-result') toolCalls = withResult(toolCalls, callOf(event));
    else if (event.type === 'sources' && Array.isArray(event.sources))
      sources = event.sources.map(sourceDocument);
  }
  return { id: `${turnId}:${role}`, role, content, status, toolCalls, sources, turnId };
}

/** Stored events call the tool's id `toolCallId` on both sides. */
const callOf = (event: unknown): ToolCall => toolCall(event);
