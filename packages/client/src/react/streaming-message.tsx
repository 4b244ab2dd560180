import type { ReactNode } from 'react';
import type { ConversationMessage } from './conversation-message.js';
import { SourcesView } from './sources-view.js';
import { ENGLISH, type StreamingMessageTexts } from './streaming-texts.js';
import { ToolCallView } from './tool-call-view.js';

export interface StreamingMessageProps {
  readonly message: ConversationMessage;
  /** Shows the text, e.g. as markdown; plain by default. Called again for every piece of a running answer. */
  readonly renderText?: (text: string) => ReactNode;
  /** What stands in place of an answer that has not begun. */
  readonly waiting?: ReactNode;
  /** In place of the English words. */
  readonly texts?: StreamingMessageTexts;
}

/**
 * One message, also while it is being written: its reasoning and tools, folded, its text, its sources. Unstyled: the class names begin with
 * `tollgate-`.
 */
export function StreamingMessage({
  message,
  renderText = (text) => text,
  waiting,
  texts = ENGLISH,
}: StreamingMessageProps): ReactNode {
  const { content, status, toolCalls, sources, role, reasoning } = message;
  const isRunning = status === 'waiting' || status === 'streaming';
  const onlyReasons = isRunning && content === '';
  return (
    <div className="tollgate-message" data-role={role} data-status={status}>
      {reasoning !== '' && (
        <details className="tollgate-reasoning" data-running={onlyReasons}>
          <summary>{onlyReasons ? texts.reasons : texts.reasoning}</summary>
          <div dir="auto">{reasoning}</div>
        </details>
      )}
      {toolCalls.length > 0 && (
        <ul className="tollgate-tools" aria-label={texts.toolsUsed}>
          {toolCalls.map((call, index) => (
            <li key={index}>
              <ToolCallView call={call} isRunning={isRunning} texts={texts} />
            </li>
          ))}
        </ul>
      )}
      {status === 'waiting' && waiting}
      {content !== '' && (
        <div className="tollgate-text" data-streaming={isRunning} dir="auto">
          {renderText(content)}
        </div>
      )}
      {sources.length > 0 && <SourcesView sources={sources} texts={texts} />}
    </div>
  );
}
