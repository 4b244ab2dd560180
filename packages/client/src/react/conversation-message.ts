import type { AttachedFile, Feedback, Message, SessionTurn, Siblings } from '../api/types.js';
import { knownCode, TollgateError } from '../errors.js';
import { withResult } from '../stream/answer.js';
import { inputRequest, sourceDocument, toolCall } from '../stream/decode-event.js';
import type { FinishReason, InputRequest, SourceDocument, ToolCall } from '../stream/stream-event.js';

/**
 * `waiting`: nothing of the answer has come yet · `streaming` · `completed`: stored and charged · `stopped`: by the user, what had come is kept ·
 * `interrupted`: the server stopped, nothing was charged · `failed`: `error` says why, nothing was charged.
 */
export type MessageStatus = 'waiting' | 'streaming' | 'completed' | 'stopped' | 'interrupted' | 'failed';

/** A message as a page shows it. */
export interface ConversationMessage {
  /** Stays the same for as long as the conversation is open: use it as `key`. */
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly status: MessageStatus;
  /** What the model has told of its reasoning; '' when it told nothing. */
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCall[];
  readonly sources: readonly SourceDocument[];
  /** Files that came with a question. */
  readonly attachments: readonly AttachedFile[];
  /** What an agent waits for: give it to `answer`. */
  readonly inputRequest?: InputRequest;
  readonly turnId?: string;
  /** The server's id, once it is stored and that is known. */
  readonly messageId?: string;
  /** Of a question with others in its place. */
  readonly siblings?: Siblings;
  readonly feedback?: Feedback;
  /** Credits, once they are known. */
  readonly charged?: number;
  /** Of an answer that has ended, when it is known. */
  readonly finishReason?: FinishReason;
  readonly error?: TollgateError;
  /** When it was asked or answered, ISO; absent while it is not stored. */
  readonly createdAt?: string;
}

const NOTHING = { reasoning: '', toolCalls: [], sources: [], attachments: [] } as const;

export function questionMessage(
  id: string,
  content: string,
  attachments: readonly AttachedFile[] = [],
): ConversationMessage {
  return { ...NOTHING, id, role: 'user', content, status: 'completed', attachments };
}

export function waitingAnswer(id: string): ConversationMessage {
  return { ...NOTHING, id, role: 'assistant', content: '', status: 'waiting' };
}

/** A stored message with what its events say. */
export function fromStored(message: Message): ConversationMessage {
  const { turnId, role, content, status, finishReason, siblings, feedback, charged } = message;
  const { attachments = [], createdAt } = message;
  return {
    ...NOTHING,
    ...saidBy(message),
    id: `${turnId}:${role}`,
    role,
    content,
    status,
    attachments,
    turnId,
    messageId: message.id,
    createdAt,
    ...(finishReason && { finishReason }),
    ...(siblings && { siblings }),
    ...(feedback && { feedback }),
    ...(charged !== undefined && { charged }),
  };
}

type Said = Pick<ConversationMessage, 'reasoning' | 'toolCalls' | 'sources' | 'inputRequest'>;

function saidBy({ events = [] }: Message): Said {
  let reasoning = '';
  let toolCalls: readonly ToolCall[] = [];
  let sources: readonly SourceDocument[] = [];
  let asked: InputRequest | undefined;
  for (const event of events) {
    // Stored events call the tool's id `toolCallId` on both sides.
    if (event.type === 'tool-call') toolCalls = [...toolCalls, toolCall(event)];
    else if (event.type === 'tool-result') toolCalls = withResult(toolCalls, toolCall(event));
    else if (event.type === 'reasoning-delta' && typeof event.text === 'string') reasoning += event.text;
    else if (event.type === 'input-request') asked = inputRequest(event);
    else if (event.type === 'text-delta') asked = undefined;
    else if (event.type === 'sources' && Array.isArray(event.sources))
      sources = event.sources.map(sourceDocument);
  }
  return { reasoning, toolCalls, sources, ...(asked && { inputRequest: asked }) };
}

/** Question and answer of a turn that left no messages. */
export function fromUnstored(turn: SessionTurn): readonly ConversationMessage[] {
  const { turnId, status, question, partialAnswer = '', error, startedAt, attachments } = turn;
  const answer = { ...waitingAnswer(`${turnId}:assistant`), content: partialAnswer, turnId };
  const failure = error && new TollgateError(knownCode(error.code), error.message, { turnId });
  return [
    { ...questionMessage(`${turnId}:user`, question, attachments), turnId, createdAt: startedAt },
    {
      ...answer,
      status: status === 'running' ? 'waiting' : status,
      ...(failure === undefined || status === 'stopped' ? {} : { error: failure }),
    },
  ];
}
