import type { ReactNode } from 'react';
import type { SourceDocument, ToolCall } from '../stream/stream-event.js';
import type { ConversationMessage } from './conversation-message.js';

export interface StreamingMessageProps {
  readonly message: ConversationMessage;
  /** Shows the text, e.g. as markdown; plain by default. Called again for every piece of a running answer. */
  readonly renderText?: (text: string) => ReactNode;
  /** What stands in place of an answer that has not begun. */
  readonly waiting?: ReactNode;
}

/**
 * One message, also while it is being written: its tools, its text with a cursor, its sources. Unstyled: the class names begin with `tollgate-`.
 */
export function StreamingMessage({ message, renderText, waiting }: StreamingMessageProps): ReactNode {
  const { content, status, toolCalls, sources, role } = message;
  const isRunning = status === 'waiting' || status === 'streaming';
  return (
    <div className="tollgate-message" data-role={role} data-status={status}>
      {toolCalls.length > 0 && (
        <ul className="tollgate-tools" aria-label="Tools used">
          {toolCalls.map((call, index) => (
            <li key={index}>
              <ToolCallView call={call} isRunning={isRunning} />
            </li>
          ))}
        </ul>
      )}
      {status === 'waiting' && waiting}
      {content !== '' && (
        <div className="tollgate-text" data-streaming={isRunning}>
          {renderText === undefined ? content : renderText(content)}
        </div>
      )}
      {sources.length > 0 && <SourcesView sources={sources} />}
    </div>
  );
}

function ToolCallView({
  call,
  isRunning,
}: {
  readonly call: ToolCall;
  readonly isRunning: boolean;
}): ReactNode {
  const isDone = call.output !== undefined;
  const state = call.isError === true ? 'failed' : isDone ? 'done' : isRunning ? 'running' : 'unfinished';
  return (
    <details className="tollgate-tool" data-state={state}>
      <summary>
        <span className="tollgate-tool-name">{call.name}</span>{' '}
        <span className="tollgate-tool-state">{state}</span>
      </summary>
      <dl>
        <dt>Input</dt>
        <dd>
          <pre tabIndex={0}>{asText(call.input)}</pre>
        </dd>
        {isDone && (
          <>
            <dt>Output</dt>
            <dd>
              <pre tabIndex={0}>{asText(call.output)}</pre>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
}

function SourcesView({ sources }: { readonly sources: readonly SourceDocument[] }): ReactNode {
  return (
    <details className="tollgate-sources">
      <summary>{sources.length === 1 ? '1 source' : `${sources.length} sources`}</summary>
      <ol>
        {sources.map((source, index) => (
          <li key={index}>
            <SourceTitle source={source} index={index} />
            {source.text !== '' && <p>{source.text}</p>}
          </li>
        ))}
      </ol>
    </details>
  );
}

function SourceTitle({
  source,
  index,
}: {
  readonly source: SourceDocument;
  readonly index: number;
}): ReactNode {
  const title = source.title ?? source.url ?? `Source ${index + 1}`;
  // A source is the upstream's text: only a web address becomes a link.
  if (source.url === undefined || !/^https?:\/\//i.test(source.url)) return <cite>{title}</cite>;
  return (
    <cite>
      <a href={source.url} target="_blank" rel="noopener noreferrer">
        {title}
      </a>
    </cite>
  );
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
