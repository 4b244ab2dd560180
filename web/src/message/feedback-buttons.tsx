import { useState, type FormEvent, type ReactNode } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { describeError } from '../i18n/describe-error.js';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';
import type { MessageActions } from './message-actions.js';

const MAX_COMMENT_CHARACTERS = 2000;

interface FeedbackButtonsProps {
  readonly message: ConversationMessage;
  readonly onRate: MessageActions['rate'];
}

/** Good or bad; of a bad answer somebody may say why. */
export function FeedbackButtons({ message: { id, feedback }, onRate }: FeedbackButtonsProps): ReactNode {
  const texts = useTexts();
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>();

  async function rate(rating: 'up' | 'down' | undefined, comment?: string): Promise<void> {
    try {
      setError(undefined);
      await onRate(id, rating, comment);
    } catch (failure) {
      setError(failure);
    }
  }
  const button = (rating: 'up' | 'down', label: string): ReactNode => (
    <button
      className="tool-button"
      type="button"
      aria-label={label}
      title={label}
      aria-pressed={feedback?.rating === rating}
      onClick={() => {
        const isTaken = feedback?.rating === rating;
        setAsking(!isTaken && rating === 'down');
        void rate(isTaken ? undefined : rating);
      }}
    >
      <Icon name={`thumb-${rating}`} />
    </button>
  );
  return (
    <>
      {button('up', texts.goodAnswer)}
      {button('down', texts.badAnswer)}
      {error !== undefined && (
        <span className="meta" role="alert">
          {describeError(error, texts)}
        </span>
      )}
      {isAsking && (
        <CommentForm
          onCancel={() => {
            setAsking(false);
          }}
          onSend={(comment) => {
            setAsking(false);
            void rate('down', comment);
          }}
        />
      )}
    </>
  );
}

function CommentForm({
  onSend,
  onCancel,
}: {
  readonly onSend: (comment: string) => void;
  readonly onCancel: () => void;
}): ReactNode {
  const texts = useTexts();
  const [comment, setComment] = useState('');
  function send(event: FormEvent): void {
    event.preventDefault();
    onSend(comment.trim());
  }
  return (
    <form className="feedback-form" onSubmit={send}>
      <input
        className="field"
        dir="auto"
        autoFocus
        aria-label={texts.feedbackQuestion}
        placeholder={texts.feedbackQuestion}
        maxLength={MAX_COMMENT_CHARACTERS}
        value={comment}
        onChange={({ target }) => {
          setComment(target.value);
        }}
        onKeyDown={({ key }) => {
          if (key === 'Escape') onCancel();
        }}
      />
      <button className="button small" type="submit" disabled={comment.trim() === ''}>
        {texts.feedbackSend}
      </button>
    </form>
  );
}
