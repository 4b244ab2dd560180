import type { ProviderEvent } from '../chat/events/chat-event.js';

/** The kinds of upstream a chatflow can name. */
export const PROVIDER_NAMES = ['flowise', 'storm', 'openai', 'assistant'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** Where a chatflow's provider finds its flow; absent fields fall back to the provider's settings. */
export interface UpstreamTarget {
  readonly flowId?: string;
  readonly baseUrl?: string;
  readonly model?: string;
  readonly bucketIds?: readonly string[];
  /** OpenAI-compatible: whether the model may use the user's to-do list. */
  readonly tools?: boolean;
  /** OpenAI-compatible: what the model is told before the conversation. */
  readonly systemPrompt?: string;
}

export interface HistoryEntry {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A file that the user sends along, in Flowise's upload shape. */
export interface Upload {
  readonly type: 'file' | 'file:full' | 'file:rag' | 'url' | 'audio';
  readonly name: string;
  readonly data: string;
  readonly mime: string;
}

export interface ProviderRequest {
  readonly turnId: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly chatflowId: string;
  readonly target: UpstreamTarget;
  readonly question: string;
  /** Oldest first. What the client sent, or for providers that keep none of their own what the session's settled turns say. */
  readonly history: readonly HistoryEntry[];
  /** Passed on as it is; `sessionId` inside it is always replaced by the turn's. */
  readonly overrideConfig?: Readonly<Record<string, unknown>>;
  readonly uploads?: readonly Upload[];
  /** How long the call may stay open for a human's answer to an `input-request`, in milliseconds; absent or 0: not at all. */
  readonly inputWaitMs?: number;
}

/** A human's answer to an `input-request`; one of both is there. */
export interface HumanInput {
  readonly action?: 'proceed' | 'reject';
  readonly content?: string;
}

/** What the provider found out about the stream besides its events; the pump reads it after the stream has ended. */
export interface ProviderReport {
  /** Events whose JSON had to be repaired. */
  repairedEvents: number;
  /** Events that were dropped because nothing could be made of them. */
  droppedEvents: number;
  /** Upstream events without a canonical meaning, by name. */
  unknownEvents: number;
}

/** Whether the upstream confirmed that it ended its work. */
export interface StopReceipt {
  readonly acknowledged: boolean;
}

/** One running call of an upstream. */
export interface ProviderCall {
  /**
   * The events, as one array per read from the upstream, adjacent text already merged, never empty. The iteration
   * ends normally only when the upstream said that it is done: an early close throws `upstream_failed`. When the signal aborts it
   * throws the signal's reason and lets go of the connection. To be iterated once.
   */
  readonly events: AsyncIterable<readonly ProviderEvent[]>;
  /**
   * The same for whoever can take events at any time, without a promise for each read: calls `take` with each array that the iteration has
   * not given yet, in order, and resolves or rejects as it would end. Absent: iterate.
   */
  deliver?(take: (batch: readonly ProviderEvent[]) => void): Promise<void>;
  readonly report: ProviderReport;
  /**
   * Tells the upstream to end its work, for upstreams that don't notice a client that leaves. Called after the signal
   * has aborted. Bounded in time; never throws.
   */
  stop(): Promise<StopReceipt>;
  /**
   * Answers an `input-request` of this call, which then goes on. Resolves when the answer was taken. Absent: this kind of upstream
   * asks nothing.
   * @throws AppError `conflict` when the call does not wait for an answer
   */
  provideInput?(input: HumanInput): Promise<void>;
  /** Whether the answer comes in one piece, not as it is made. Known with the first text. */
  readonly arrivedWhole?: boolean;
}

/**
 * One kind of upstream. The only place that knows its wire format.
 *
 * Errors thrown by the iteration are `AppError`s with `upstream_failed`, `upstream_unavailable` or `upstream_timeout`, whose public message never
 * holds the upstream's internals.
 */
export abstract class ChatProvider {
  abstract readonly name: ProviderName;
  /** Whether the upstream remembers a session by itself; otherwise each request brings the history. */
  abstract readonly keepsHistory: boolean;
  /** The server that a call would go to, e.g. `https://api.example.com`; `undefined` when there is none. Never throws. */
  abstract originOf(target: UpstreamTarget): string | undefined;
  /** @param signal aborts the upstream call; required, so that nobody forgets it */
  abstract call(request: ProviderRequest, signal: AbortSignal): ProviderCall;
}

/** Finds the provider of a chatflow. */
export abstract class ProviderRegistry {
  /** @throws AppError `upstream_unavailable` when this provider is not set up here */
  abstract get(name: ProviderName): ChatProvider;
  /** Whether calls to it could work at all: its settings are there. */
  abstract isConfigured(name: ProviderName): boolean;
}
