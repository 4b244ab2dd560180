/** A tool that the answer's author used. */
export interface ToolCall {
  readonly name: string;
  readonly input: unknown;
  /** Present once the tool has answered. */
  readonly output?: unknown;
  readonly isError?: boolean;
  readonly id?: string;
}

/** A document that the answer rests on. */
export interface SourceDocument {
  readonly text: string;
  readonly title?: string;
  readonly url?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface StartEvent {
  readonly type: 'start';
  readonly sessionId: string;
  readonly turnId: string;
  readonly chatflowId: string;
}
export interface TokenEvent {
  readonly type: 'token';
  readonly text: string;
}
/** A piece of the model's reasoning. */
export interface ThinkingEvent {
  readonly type: 'thinking';
  readonly text: string;
}
/** Tools are being called; their outputs follow in a `tool-results`. */
export interface ToolCallsEvent {
  readonly type: 'tool-calls';
  readonly calls: readonly ToolCall[];
}
export interface ToolResultsEvent {
  readonly type: 'tool-results';
  readonly calls: readonly ToolCall[];
}
/** What an agent asks the user before it goes on. */
export interface InputRequest {
  readonly id: string;
  /** For people; '' when the agent says nothing of its own. */
  readonly prompt: string;
  /** Labels of buttons, the approving one first; any text may be answered besides. */
  readonly choices: readonly string[];
}
export interface InputRequestEvent {
  readonly type: 'input-request';
  readonly request: InputRequest;
}
export interface SourcesEvent {
  readonly type: 'sources';
  readonly sources: readonly SourceDocument[];
}
/** Why an answer ended; with `length` and `content-filter` it is not whole. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other';

/** The turn has completed: both messages are stored and the price is charged. */
export interface CompletedEvent {
  readonly type: 'completed';
  readonly messageId: string;
  /** Credits. */
  readonly charged: number;
  /** Absent when the server does not tell it. */
  readonly finishReason?: FinishReason;
}
/** Everything else that the chatflow's upstream says. */
export interface OtherEvent {
  readonly type: 'other';
  readonly name: string;
  readonly data: unknown;
}

/** What a {@link ChatStream} yields. A failure is not among them: it is thrown. */
export type StreamEvent =
  | StartEvent
  | TokenEvent
  | ThinkingEvent
  | ToolCallsEvent
  | ToolResultsEvent
  | SourcesEvent
  | InputRequestEvent
  | CompletedEvent
  | OtherEvent;

/** How a turn failed, as its stream says it. */
export interface FailedEvent {
  readonly type: 'failed';
  readonly code: string;
  readonly message: string;
  /** When the upstream is willing again, if it has said so. */
  readonly retryAfterSeconds?: number;
}
/** Always last; a success only behind a `completed`. */
export interface EndEvent {
  readonly type: 'end';
}

/** What a frame of a turn's stream means. */
export type WireEvent = StreamEvent | FailedEvent | EndEvent;
