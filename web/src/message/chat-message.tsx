import { memo, type ReactNode } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { AssistantMessage } from './assistant-message.js';
import type { MessageActions } from './message-actions.js';
import { UserMessage } from './user-message.js';

export interface ChatMessageProps {
  readonly message: ConversationMessage;
  readonly isLast: boolean;
  /** An answer is running: nothing else can be asked. */
  readonly isBusy: boolean;
  /** Why the running answer does not go on at the moment. */
  readonly pause: string | undefined;
  readonly actions: MessageActions;
}

export const ChatMessage = memo(function ChatMessage(props: ChatMessageProps): ReactNode {
  const { message, isBusy, actions } = props;
  return message.role === 'user' ? (
    <UserMessage message={message} isBusy={isBusy} actions={actions} />
  ) : (
    <AssistantMessage {...props} />
  );
});
