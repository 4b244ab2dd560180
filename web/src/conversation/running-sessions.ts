import type { Session } from '@tollgate/client';
import type { ConversationState } from '@tollgate/client/react';

/**
 * The list with the conversation that is shown in it as it is now: a new one stands there from its first question on, whatever was read of the
 * server last, and one that is answered is marked.
 */
export function withShown(
  sessions: readonly Session[] | undefined,
  { conversationId, chatflowId = '', messages, isLoading, session }: ConversationState,
): readonly Session[] | undefined {
  if (conversationId === undefined || sessions === undefined) return sessions;
  const turnId = isLoading ? (messages.at(-1)?.turnId ?? '') : undefined;
  const marked = sessions.map((one) => (one.id === conversationId ? asRunning(one, turnId) : one));
  const first = messages[0];
  // One that was read from the server and is not in the list stands on an older page.
  if (session !== undefined || first?.role !== 'user' || sessions.some(({ id }) => id === conversationId))
    return marked;
  const now = new Date().toISOString();
  const fresh = { id: conversationId, topic: first.content.slice(0, 50), chatflowId, messageCount: 0 };
  return [asRunning({ ...fresh, createdAt: now, updatedAt: now }, turnId), ...marked];
}

function asRunning(session: Session, activeTurnId: string | undefined): Session {
  const { activeTurnId: _before, ...rest } = session;
  return activeTurnId === undefined ? rest : { ...rest, activeTurnId };
}
