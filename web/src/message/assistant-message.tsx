import type { ReactNode } from 'react';
import { StreamingMessage } from '@tollgate/client/react';
import { useTexts } from '../i18n/i18n.js';
import { LazyMarkdown } from '../markdown/lazy-markdown.js';
import { AgentQuestion } from './agent-question.js';
import { AnswerEnding } from './answer-ending.js';
import { AnswerTools } from './answer-tools.js';
import type { ChatMessageProps } from './chat-message.js';

const renderMarkdown = (text: string): ReactNode => <LazyMarkdown text={text} />;

/** An answer with whatever there is to say about how it ended, and what can be done with it. */
export function AssistantMessage(props: ChatMessageProps): ReactNode {
  const { message, isLast, isBusy, pause, actions } = props;
  const texts = useTexts();
  const { status, inputRequest } = message;
  const isRunning = status === 'waiting' || status === 'streaming';
  return (
    <article
      className="message"
      data-role="assistant"
      aria-label={texts.assistant}
      aria-busy={isRunning}
      data-message={message.messageId}
    >
      <StreamingMessage
        message={message}
        renderText={renderMarkdown}
        waiting={<TypingIndicator />}
        texts={texts}
      />
      {isLast && inputRequest !== undefined && (
        <AgentQuestion request={inputRequest} isClosed={actions.isClosed} onAnswer={actions.answer} />
      )}
      {isRunning && pause !== undefined && <p className="notice">{pause}</p>}
      {!isRunning && (
        <AnswerEnding message={message} onRetry={isLast && !actions.isClosed ? actions.retry : undefined} />
      )}
      {!isRunning && <AnswerTools message={message} isBusy={isBusy} actions={actions} />}
    </article>
  );
}

function TypingIndicator(): ReactNode {
  const { thinking } = useTexts();
  return (
    <div className="typing" role="img" aria-label={thinking}>
      <span />
      <span />
      <span />
    </div>
  );
}
