import { TollgateError } from '../errors.js';
import type { ChatStream } from '../stream/chat-stream.js';
import type { ConversationMessage, MessageStatus } from './conversation-message.js';

/** What has come of an answer so far. */
export function shownOf(stream: ChatStream): Partial<ConversationMessage> {
  const { text, reasoning, toolCalls, sources, turnId, inputRequest } = stream;
  return { content: text, reasoning, toolCalls, sources, inputRequest, ...(turnId && { turnId }) };
}

export function hasBegun({ content, reasoning, toolCalls, inputRequest }: Partial<ConversationMessage>) {
  return content !== '' || reasoning !== '' || toolCalls?.length !== 0 || inputRequest !== undefined;
}

export function statusOf(failure: TollgateError | undefined): MessageStatus {
  if (failure === undefined) return 'completed';
  if (failure.is('turn_stopped')) return 'stopped';
  return failure.is('turn_interrupted') ? 'interrupted' : 'failed';
}

export function endingOf(failure: TollgateError | undefined): Partial<ConversationMessage> {
  const status = statusOf(failure);
  return failure === undefined || status === 'stopped' ? { status } : { status, error: failure };
}

/** Whether nobody knows what has become of the turn. */
export function isOutOfReach(error: TollgateError | undefined): boolean {
  return error?.is('connection_failed') === true || error?.is('event_timeout') === true;
}

export function asTollgateError(error: unknown): TollgateError {
  if (error instanceof TollgateError) return error;
  return new TollgateError('internal', 'Something went wrong in this page.', { cause: error });
}
