import { memo, type ReactNode } from 'react';
import { StreamingMessage, type ConversationMessage } from '@tollgate/client/react';
import { Icon } from './icons.js';
import { Markdown } from './markdown.js';

const renderMarkdown = (text: string): ReactNode => <Markdown text={text} />;

interface ChatMessageProps {
  readonly message: ConversationMessage;
  readonly isReconnecting: boolean;
  /** Given for the last answer only. */
  readonly onRetry?: () => void;
}

/** One message with whatever there is to say about how it ended. */
export const ChatMessage = memo(function ChatMessage({ message, isReconnecting, onRetry }: ChatMessageProps) {
  const { role, status } = message;
  if (role === 'user') {
    return (
      <article className="message" data-role="user" aria-label="You">
        <StreamingMessage message={message} />
      </article>
    );
  }
  const isRunning = status === 'waiting' || status === 'streaming';
  return (
    <article className="message" data-role="assistant" aria-label="Assistant" aria-busy={isRunning}>
      <StreamingMessage message={message} renderText={renderMarkdown} waiting={<TypingIndicator />} />
      {isRunning && isReconnecting && <p className="notice">Connection lost. Reconnecting …</p>}
      {!isRunning && <Ending message={message} onRetry={onRetry} />}
    </article>
  );
});

function TypingIndicator(): ReactNode {
  return (
    <div className="typing" role="img" aria-label="Thinking">
      <span />
      <span />
      <span />
    </div>
  );
}

/** What is said under an answer that is not whole. */
const CUT: Readonly<Partial<Record<NonNullable<ConversationMessage['finishReason']>, string>>> = {
  length: 'Cut off: the answer reached its greatest length.',
  'content-filter': 'Cut off: a content filter ended the answer.',
};

function Ending({
  message,
  onRetry,
}: {
  readonly message: ConversationMessage;
  readonly onRetry?: () => void;
}): ReactNode {
  const { status, charged, error, finishReason } = message;
  const credits = charged === undefined ? '' : ` · ${charged} ${charged === 1 ? 'credit' : 'credits'}`;
  const retry = onRetry !== undefined && (
    <button className="button small" type="button" onClick={onRetry}>
      <Icon name="retry" /> Try again
    </button>
  );
  const cut = status === 'completed' ? CUT[finishReason ?? 'stop'] : undefined;
  if (cut !== undefined) {
    return (
      <p className="meta">
        {cut}
        {credits}
      </p>
    );
  }
  if (status === 'completed')
    return charged === undefined ? null : <p className="meta">{credits.slice(3)}</p>;
  if (status === 'stopped') {
    return (
      <div className="notice">
        <span>Stopped{credits}</span>
        {retry}
      </div>
    );
  }
  return (
    <div className="notice problem" role="alert">
      <span>
        {status === 'interrupted'
          ? 'The server stopped before the answer was complete. Nothing was charged.'
          : describe(error)}
      </span>
      {retry}
    </div>
  );
}

function describe(error: ConversationMessage['error']): string {
  if (error === undefined) return 'The answer failed.';
  if (error.is('insufficient_credits')) {
    const { required, available } = error.details;
    return `Not enough credits: this costs ${required}, and you have ${available}.`;
  }
  if (error.is('rate_limited') && error.retryAfterSeconds !== undefined)
    return `${error.message} Try again in ${error.retryAfterSeconds} seconds.`;
  return error.message;
}
