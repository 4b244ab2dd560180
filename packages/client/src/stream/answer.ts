import type { FinishReason, InputRequest, SourceDocument, StreamEvent, ToolCall } from './stream-event.js';
import type { StreamStatistics } from './stream-statistics.js';

/** A completed turn: stored and charged. */
export interface ChatResult {
  readonly text: string;
  /** What the model told of its reasoning; '' when it told nothing. */
  readonly reasoning: string;
  readonly sessionId: string;
  readonly turnId: string;
  readonly messageId: string;
  /** Credits. */
  readonly charged: number;
  /** Why the answer ended; with `length` and `content-filter` it is not whole. */
  readonly finishReason: FinishReason;
  readonly toolCalls: readonly ToolCall[];
  readonly sources: readonly SourceDocument[];
  /** What an agent waits for; the next question of the session answers it. */
  readonly inputRequest?: InputRequest;
  readonly statistics: StreamStatistics;
}

/** Puts an answer together from its events. */
export class Answer {
  text = '';
  reasoning = '';
  sessionId: string | undefined;
  turnId: string | undefined;
  messageId = '';
  charged = 0;
  finishReason: FinishReason = 'stop';
  toolCalls: readonly ToolCall[] = [];
  sources: readonly SourceDocument[] = [];
  inputRequest: InputRequest | undefined;

  take(event: StreamEvent): void {
    switch (event.type) {
      case 'start':
        this.sessionId = event.sessionId;
        this.turnId = event.turnId;
        break;
      case 'token':
        this.text += event.text;
        // Whatever was asked has been answered: the agent goes on.
        this.inputRequest = undefined;
        break;
      case 'thinking':
        this.reasoning += event.text;
        break;
      case 'tool-calls':
        this.toolCalls = [...this.toolCalls, ...event.calls];
        break;
      case 'tool-results':
        this.toolCalls = event.calls.reduce(withResult, this.toolCalls);
        break;
      case 'sources':
        this.sources = event.sources;
        break;
      case 'input-request':
        this.inputRequest = event.request;
        break;
      case 'completed':
        this.messageId = event.messageId;
        this.charged = event.charged;
        this.finishReason = event.finishReason ?? 'stop';
        break;
      case 'other':
        break;
    }
  }
}

/** Gives a result to the call it belongs to; one without a call stands for both. */
export function withResult(calls: readonly ToolCall[], result: ToolCall): readonly ToolCall[] {
  const input = JSON.stringify(result.input);
  const waits = (call: ToolCall): boolean =>
    call.output === undefined &&
    call.name === result.name &&
    (result.id === undefined || call.id === undefined
      ? JSON.stringify(call.input) === input
      : call.id === result.id);
  const index = calls.findIndex(waits);
  return index === -1 ? [...calls, result] : calls.with(index, { ...calls[index], ...result });
}
