import type { Message, SessionTurn } from '../api/types.js';
import { TollgateError, type TollgateErrorCode } from '../errors.js';
import { withResult } from '../stream/answer.js';
import { sourceDocument, toolCall } from '../stream/decode-event.js';
import type { FinishReason, SourceDocument, ToolCall } from '../stream/stream-event.js';

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
  /** Of an answer that has ended, when it is known. */
  readonly finishReason?: FinishReason;
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
  const { turnId, role, content, status, finishReason, events = [] } = message;
  let toolCalls: readonly ToolCall[] = [];
  let sources: readonly SourceDocument[] = [];
  for (const event of events) {
    if (event.type === 'tool-call') toolCalls = [...toolCalls, callOf(event)];
    else if (event.type === 'tool-result') toolCalls = withResult(toolCalls, callOf(event));
    else if (event.type === 'sources' && Array.isArray(event.sources))
      sources = event.sources.map(sourceDocument);
  }
  const ended = finishReason === undefined ? {} : { finishReason };
  return { id: `${turnId}:${role}`, role, content, status, toolCalls, sources, turnId, ...ended };
}

/** Question and answer of a turn that left no messages. */
export function fromUnstored(turn: SessionTurn): readonly ConversationMessage[] {
  const { turnId, status, question, partialAnswer = '', error } = turn;
  const answer = { ...waitingAnswer(`${turnId}:assistant`), content: partialAnswer, turnId };
  const failure = error && new TollgateError(error.code as TollgateErrorCode, error.message, { turnId });
  return [
    { ...questionMessage(`${turnId}:user`, question), turnId },
    {
      ...answer,
      status: status === 'running' ? 'waiting' : status,
      ...(failure === undefined || status === 'stopped' ? {} : { error: failure }),
    },
  ];
}

/** Stored events call the tool's id `toolCallId` on both sides. */
const callOf = (event: unknown): ToolCall => toolCall(event);
