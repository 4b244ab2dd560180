import { memo, type ReactNode } from 'react';
import type { ToolCall } from '../stream/stream-event.js';
import type { StreamingMessageTexts } from './streaming-texts.js';

interface ToolCallViewProps {
  readonly call: ToolCall;
  readonly isRunning: boolean;
  readonly texts: StreamingMessageTexts;
}

/** A tool with what it was given and what it gave, folded. */
export const ToolCallView = memo(function ToolCallView({
  call,
  isRunning,
  texts,
}: ToolCallViewProps): ReactNode {
  const isDone = call.output !== undefined;
  const state = call.isError === true ? 'failed' : isDone ? 'done' : isRunning ? 'running' : 'unfinished';
  return (
    <details className="tollgate-tool" data-state={state}>
      <summary>
        <span className="tollgate-tool-name">{call.name}</span>{' '}
        <span className="tollgate-tool-state">{texts.toolState[state]}</span>
      </summary>
      <dl>
        <dt>{texts.toolInput}</dt>
        <dd>
          <pre tabIndex={0}>{asText(call.input)}</pre>
        </dd>
        {isDone && (
          <>
            <dt>{texts.toolOutput}</dt>
            <dd>
              <pre tabIndex={0}>{asText(call.output)}</pre>
            </dd>
          </>
        )}
      </dl>
    </details>
  );
});

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
