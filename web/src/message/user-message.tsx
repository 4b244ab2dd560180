import { useState, type ReactNode } from 'react';
import { StreamingMessage, type ConversationMessage } from '@tollgate/client/react';
import { useTexts } from '../i18n/i18n.js';
import { CopyButton } from '../ui/copy-button.js';
import { Icon } from '../ui/icons.js';
import { AttachedFiles } from './attached-files.js';
import { BranchSwitch } from './branch-switch.js';
import { EditQuestion } from './edit-question.js';
import type { MessageActions } from './message-actions.js';

interface UserMessageProps {
  readonly message: ConversationMessage;
  readonly isBusy: boolean;
  readonly actions: MessageActions;
}

/** A question, its files, and the other wordings of it. */
export function UserMessage({ message, isBusy, actions }: UserMessageProps): ReactNode {
  const texts = useTexts();
  const [isEdited, setEdited] = useState(false);
  const { id, content, attachments, siblings } = message;
  return (
    <article className="message" data-role="user" aria-label={texts.you} data-message={message.messageId}>
      <AttachedFiles files={attachments} />
      {isEdited && !actions.isClosed ? (
        <EditQuestion
          question={content}
          onCancel={() => {
            setEdited(false);
          }}
          onSend={(question) => {
            setEdited(false);
            actions.edit(id, question);
          }}
        />
      ) : (
        <StreamingMessage message={message} />
      )}
      <div className="message-tools">
        {siblings !== undefined && (
          <BranchSwitch siblings={siblings} isBusy={isBusy} onShow={actions.showBranch} />
        )}
        {!isEdited && (
          <span className="quiet">
            <CopyButton text={content} what="question" />
            <button
              className="tool-button"
              type="button"
              aria-label={texts.edit}
              title={texts.edit}
              disabled={isBusy || actions.isClosed}
              onClick={() => {
                setEdited(true);
              }}
            >
              <Icon name="edit" />
            </button>
          </span>
        )}
      </div>
    </article>
  );
}
