import type { Siblings } from '../api/types.js';
import type { ConversationMessage } from './conversation-message.js';

/** The stored answer that what follows these messages follows; null for none. */
export function parentOf(before: readonly ConversationMessage[]): string | null {
  const last = before.findLast(({ role, messageId }) => role === 'assistant' && messageId !== undefined);
  return last?.messageId ?? null;
}

/** Where a question stands that is asked in the place of this one. */
export function besides({ siblings, messageId }: ConversationMessage): Siblings | undefined {
  if (messageId === undefined && siblings === undefined) return undefined;
  const count = (siblings?.count ?? 1) + 1;
  const isLast = siblings?.nextId === undefined;
  return { index: count, count, ...(isLast && messageId !== undefined && { previousId: messageId }) };
}

/** The same messages under the ids by which they are shown already: what is on the screen stays as it is. */
export function underShownIds(
  messages: readonly ConversationMessage[],
  shown: readonly ConversationMessage[],
): readonly ConversationMessage[] {
  const key = ({ turnId, role }: ConversationMessage): string => `${turnId ?? ''}:${role}`;
  const known = new Map(shown.filter(({ turnId }) => turnId !== undefined).map((one) => [key(one), one]));
  return messages.map((message) => {
    const before = known.get(key(message));
    if (before === undefined) return message;
    // Prices and errors in all their detail are told once, by the stream.
    const { id, charged = message.charged, error = message.error } = before;
    const kept = { ...message, id, ...(charged !== undefined && { charged }), ...(error && { error }) };
    return isSame(kept, before) ? before : kept;
  });
}

function isSame(one: ConversationMessage, other: ConversationMessage): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
