import type { ReactNode } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { useTexts } from '../i18n/i18n.js';
import { CopyButton } from '../ui/copy-button.js';
import { Icon } from '../ui/icons.js';
import { FeedbackButtons } from './feedback-buttons.js';
import type { MessageActions } from './message-actions.js';

interface AnswerToolsProps {
  readonly message: ConversationMessage;
  readonly isBusy: boolean;
  readonly actions: MessageActions;
}

/** What can be done with an answer, and what it has cost. */
export function AnswerTools({ message, isBusy, actions }: AnswerToolsProps): ReactNode {
  const texts = useTexts();
  const { id, content, status, charged, messageId } = message;
  if (content === '' && status !== 'completed') return null;
  return (
    <div className="message-tools">
      {content !== '' && <CopyButton text={content} what="answer" />}
      {status === 'completed' && (
        <button
          className="tool-button"
          type="button"
          aria-label={texts.regenerate}
          title={texts.regenerate}
          disabled={isBusy || actions.isClosed}
          onClick={() => {
            actions.regenerate(id);
          }}
        >
          <Icon name="retry" />
        </button>
      )}
      {messageId !== undefined && <FeedbackButtons message={message} onRate={actions.rate} />}
      {status === 'completed' && charged !== undefined && (
        <span className="meta">{texts.credits(charged)}</span>
      )}
    </div>
  );
}
