import { isOutOfReach } from './answer-state.js';
import { questionMessage, waitingAnswer, type ConversationMessage } from './conversation-message.js';
import { parentOf } from './message-place.js';
import type { UnsentQuestion } from './unsent-questions.js';

/** A question that came to nothing, and why, as they are shown. */
export function unsentMessages(unsent: UnsentQuestion): readonly ConversationMessage[] {
  const { key, question, attachments, shown, error } = unsent;
  return [
    { ...questionMessage(`${key}:question`, question, attachments), ...shown },
    { ...waitingAnswer(key), status: 'failed', error },
  ];
}

/** @returns the stored messages with the question where it was asked; the same ones where it has no place among them */
export function withUnsent(
  messages: readonly ConversationMessage[],
  unsent: UnsentQuestion,
  branch: string | undefined,
): readonly ConversationMessage[] {
  const { parentId } = unsent;
  if (parentId === undefined)
    return branch === undefined ? [...messages, ...unsentMessages(unsent)] : messages;
  // In a branch that somebody has chosen nothing may be hidden behind it.
  if (branch !== undefined && parentOf(messages) !== parentId) return messages;
  const parent = messages.findIndex(({ messageId }) => messageId === parentId);
  if (parentId !== null && parent === -1) return messages;
  return [...messages.slice(0, parent + 1), ...unsentMessages(unsent)];
}

/** Whether a question that nobody answered for stands among what is stored since. */
export function hasArrived(unsent: UnsentQuestion, messages: readonly ConversationMessage[]): boolean {
  if (!isOutOfReach(unsent.error)) return false;
  const { afterTurnId, question } = unsent;
  const before = messages.findLastIndex(({ turnId }) => turnId !== undefined && turnId === afterTurnId);
  return messages.slice(before + 1).some(({ role, content }) => role === 'user' && content === question);
}
