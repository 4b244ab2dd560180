import type { Session } from '../api/types.js';
import type { TollgateClient } from '../tollgate-client.js';
import { fromStored, fromUnstored, type ConversationMessage } from './conversation-message.js';

/** A conversation as the server has it. */
export interface StoredConversation {
  readonly session: Session;
  readonly messages: readonly ConversationMessage[];
  /** The turn that runs in the branch that was read, and is not among the messages. */
  readonly runningTurnId: string | undefined;
}

/** @param branch a message whose branch is read; the one that was asked last by default @throws TollgateError */
export async function readConversation(
  client: TollgateClient,
  conversationId: string,
  branch: string | undefined,
): Promise<StoredConversation> {
  // In this order: a turn that ends in between is among the messages then.
  const session = await client.sessions.get(conversationId);
  const messages: ConversationMessage[] = [];
  for await (const entry of client.sessions.history(conversationId, undefined, branch))
    messages.push(...('role' in entry ? [fromStored(entry)] : fromUnstored(entry)));
  const { activeTurnId } = session;
  const runs = activeTurnId !== undefined && !messages.some(({ turnId }) => turnId === activeTurnId);
  const shown = withoutRepeated(messages);
  return { session, messages: shown, runningTurnId: runs && branch === undefined ? activeTurnId : undefined };
}

/** A question that came to nothing and was asked again is shown once: as it was asked last. */
function withoutRepeated(messages: readonly ConversationMessage[]): readonly ConversationMessage[] {
  const cameToNothing = (question: ConversationMessage | undefined, index: number): boolean => {
    const answer = messages[index + 1];
    return (
      question?.role === 'user' &&
      question.messageId === undefined &&
      answer?.turnId === question.turnId &&
      messages[index + 2]?.content === question.content
    );
  };
  return messages.filter(
    ({ role }, index) =>
      !(role === 'user'
        ? cameToNothing(messages[index], index)
        : cameToNothing(messages[index - 1], index - 1)),
  );
}
