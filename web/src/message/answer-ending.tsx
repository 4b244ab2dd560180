import type { ReactNode } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { describeError } from '../i18n/describe-error.js';
import type { Texts } from '../i18n/en.js';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';

interface AnswerEndingProps {
  readonly message: ConversationMessage;
  /** Given for the last answer only. */
  readonly onRetry: (() => void) | undefined;
}

/** What is said under an answer that is not whole. */
export function AnswerEnding({ message, onRetry }: AnswerEndingProps): ReactNode {
  const texts = useTexts();
  const { status, charged } = message;
  const retry = onRetry !== undefined && (
    <button className="button small" type="button" onClick={onRetry}>
      <Icon name="retry" /> {texts.tryAgain}
    </button>
  );
  if (status === 'completed') {
    const cut = cutBy(message, texts);
    return cut === undefined ? null : <p className="meta">{cut}</p>;
  }
  if (status === 'stopped') {
    return (
      <div className="notice">
        <span>{[texts.stopped, ...(charged === undefined ? [] : [texts.credits(charged)])].join(' · ')}</span>
        {retry}
      </div>
    );
  }
  return (
    <div className="notice problem" role="alert">
      <span>{status === 'interrupted' ? texts.interrupted : whyFailed(message, texts)}</span>
      {retry}
    </div>
  );
}

function cutBy({ finishReason }: ConversationMessage, texts: Texts): string | undefined {
  if (finishReason === 'length') return texts.cutLength;
  return finishReason === 'content-filter' ? texts.cutFilter : undefined;
}

function whyFailed({ error }: ConversationMessage, texts: Texts): string {
  return error === undefined ? texts.failed : describeError(error, texts);
}
