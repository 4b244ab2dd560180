/**
 * The canonical events of a turn. Providers decode one kind of upstream into them, dialects encode them for one
 * kind of client; neither knows the other.
 */

/** A document the answer rests on. */
export interface Source {
  readonly id?: string;
  readonly title?: string;
  readonly url?: string;
  readonly text?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * The upstream's own frame behind an event, for clients that speak the upstream's dialect (predict). Only the first
 * of the events decoded from one frame carries it; the others carry `null`, so that the frame is shown once.
 */
export interface NativeFrame {
  readonly event: string;
  readonly data: unknown;
  /** Set where the data is not whole: what the event's sources hold was left out ; `putBackSources` makes it whole. */
  readonly withoutSources?: true;
}

export interface TextDelta {
  readonly type: 'text-delta';
  readonly text: string;
}
export interface ReasoningDelta {
  readonly type: 'reasoning-delta';
  readonly text: string;
}
export interface ToolCall {
  readonly type: 'tool-call';
  /** Unique within the turn; pairs the call with its result. */
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
  /** There when the client has to run the tool: the arguments as the model wrote them. The turn ends with such calls. */
  readonly clientArguments?: string;
  readonly native?: NativeFrame | null;
}
export interface ToolResult {
  readonly type: 'tool-result';
  readonly toolCallId: string;
  readonly toolName: string;
  /** Repeated from the call: some dialects show call and result in one frame. */
  readonly input?: unknown;
  readonly output: unknown;
  readonly isError?: boolean;
  readonly native?: NativeFrame | null;
}
export interface Sources {
  readonly type: 'sources';
  readonly sources: readonly Source[];
  readonly native?: NativeFrame | null;
}
/** Token counts as the upstream reports them. */
export interface Usage {
  readonly type: 'usage';
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly totalTokens?: number;
}
/** What the upstream calls its own ids; only these known keys are ever kept. */
export interface Metadata {
  readonly type: 'metadata';
  readonly upstreamChatId?: string;
  readonly upstreamMessageId?: string;
  readonly upstreamSessionId?: string;
  readonly model?: string;
}
/** An agent waits for a human. */
export interface InputRequest {
  readonly type: 'input-request';
  readonly requestId: string;
  readonly prompt: string;
  readonly choices?: readonly string[];
  readonly native?: NativeFrame | null;
}
/** An event of the upstream that has no canonical meaning; counted, and shown to the predict dialect only. */
export interface UpstreamEvent {
  readonly type: 'upstream-event';
  readonly native: NativeFrame;
}

/** What a provider may emit. */
export type ProviderEvent =
  | TextDelta
  | ReasoningDelta
  | ToolCall
  | ToolResult
  | Sources
  | Usage
  | Metadata
  | InputRequest
  | UpstreamEvent;

/** The first event of every turn's log. */
export interface TurnStart {
  readonly type: 'turn-start';
  readonly turnId: string;
  readonly sessionId: string;
  readonly chatflowId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** The id that the assistant message will have once the turn has settled with content. */
  readonly messageId: string;
  /** The message that the answer goes on with, where clients show both as one. */
  readonly continues?: string;
}
export interface TurnError {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
  /** When the upstream is willing again, as it has said. */
  readonly retryAfterSeconds?: number;
}
/** How a turn can end. `completed` is the only success. */
export const TURN_OUTCOMES = ['completed', 'failed', 'stopped', 'interrupted'] as const;
export type TurnOutcome = (typeof TURN_OUTCOMES)[number];

/**
 * Why an answer ended, in words of our own that every format translates: `length` and `content-filter` say that it is not all that there would
 * have been, `tool-calls` that the client is to run tools, `error` that it failed, `other` that it was ended from outside.
 */
export const FINISH_REASONS = ['stop', 'length', 'content-filter', 'tool-calls', 'error', 'other'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** The last event of every turn's log; written only after settlement. */
export interface TurnEnd {
  readonly type: 'turn-end';
  readonly outcome: TurnOutcome;
  /** Absent for turns of before it was kept. */
  readonly finishReason?: FinishReason;
  /** The stored assistant message; absent when nothing was stored. */
  readonly messageId?: string;
  /** Credits taken for this turn. */
  readonly charged: number;
  readonly usage?: Omit<Usage, 'type'>;
  /** Upstream events whose JSON had to be repaired; absent: none. */
  readonly repairedEvents?: number;
  /** Upstream events of which nothing could be made; absent: none. */
  readonly droppedEvents?: number;
}

export type ChatEvent = TurnStart | ProviderEvent | TurnError | TurnEnd;
