import { readStoredText } from './stored-text.js';
import { asText, isObject } from '../../platform/json/json-object.js';

/**
 * Finds one answer among the messages of a chat, as Flowise's chat message store lists them.
 * @returns its text; `undefined` when the list has no such answer or its text is empty
 */
export function findStoredAnswer(messages: unknown, messageId: string): string | undefined {
  if (!Array.isArray(messages)) return undefined;
  const answer = messages.findLast(
    (message: unknown) => isObject(message) && message.id === messageId && message.role === 'apiMessage',
  ) as unknown;
  const text = isObject(answer) ? asText(answer.content) : undefined;
  return text === undefined ? undefined : readStoredText(text);
}
