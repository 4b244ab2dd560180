import type { FinishReason, ProviderEvent, Usage } from '../contract/chat-event.js';
import type { ProviderName, UpstreamTarget } from '../contract/provider.js';

/** A tool that a model wanted its client to run. */
export interface ClientToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON, as the model wrote it. */
  readonly arguments: string;
}

/** What came of one. */
export interface ClientToolResult {
  readonly toolCallId: string;
  readonly content: string;
}

/** One message that was said before. */
export interface HistoryEntry {
  /** `tool`: what came of a tool that the client has run. */
  readonly role: 'user' | 'assistant' | 'tool';
  readonly content: string;
  /** What the message brought along. */
  readonly uploads?: readonly Upload[];
  /** Of an assistant's message. */
  readonly toolCalls?: readonly ClientToolCall[];
  /** Of a tool's message. */
  readonly toolCallId?: string;
}

/** What a client may decide about a model's answer, as members of a chat completion's request; `system` are messages to be told first. */
export type ModelOptions = Readonly<Record<string, unknown>> & {
  readonly system?: readonly { readonly role: string; readonly content: string }[];
};

/** A file that the user sends along, in Flowise's upload shape. */
export interface Upload {
  readonly type: 'file' | 'file:full' | 'file:rag' | 'url' | 'audio';
  readonly name: string;
  readonly data: string;
  readonly mime: string;
}

/**
 * Under which names an upstream that remembers knows one conversation. None of them was chosen by a client: upstreams tell whoever sends
 * an id what was said under it.
 */
export interface UpstreamConversation {
  /** Random, ours; another one for every conversation. */
  readonly id: string;
  /** What the upstream calls it, for upstreams that give names of their own; absent until it is known. */
  readonly upstreamId?: string;
  /** Keeps the upstream's name, also in place of an earlier one. Idempotent; never rejects. */
  readonly named: (upstreamId: string) => Promise<void>;
}

/** A conversation that an upstream is to forget. */
export interface ForgottenConversation {
  readonly id: string;
  readonly upstreamId?: string;
  readonly chatflowId: string;
  readonly target: UpstreamTarget;
}

/** Holds no id of a session: what a client may choose must not reach an upstream. */
export interface ProviderRequest {
  readonly turnId: string;
  readonly userId: string;
  readonly chatflowId: string;
  readonly target: UpstreamTarget;
  readonly question: string;
  /** Oldest first. What the upstream must be told because its own memory does not hold it. */
  readonly history: readonly HistoryEntry[];
  /** There for providers whose `memory` is `kept`. */
  readonly conversation?: UpstreamConversation;
  /** Passed on as it is, but for a `sessionId` inside it, which never is. */
  readonly overrideConfig?: Readonly<Record<string, unknown>>;
  readonly uploads?: readonly Upload[];
  /** There for `openai` only. */
  readonly options?: ModelOptions;
  /** What came of the tools that the model has wanted its client to run; then they are what it goes on with, and not the question. */
  readonly toolResults?: readonly ClientToolResult[];
  /** Goes on with a run that has ended with a question, instead of asking; in the same conversation. */
  readonly answers?: QuestionAnswer;
  /** How long the call may stay open for a human's answer to an `input-request`, in milliseconds; absent or 0: not at all. */
  readonly inputWaitMs?: number;
  /** `traceparent` and `tracestate` for the upstream, where the trace is not recorded. */
  readonly unrecordedTrace?: Readonly<Record<string, string>>;
  /** To be called when the headers of an answer have come, whatever comes behind them. */
  readonly onAccepted?: () => void;
}

/** A question to a human with which a run has ended. The run goes on with its answer. */
export interface OpenQuestion {
  /** The upstream's name of the run. */
  readonly runId: string;
  readonly requestId: string;
  /** The part of the flow that waits, if the upstream has named it. */
  readonly nodeId?: string;
}

/** A human's answer to such a question, in the words of a flow. */
export interface QuestionAnswer {
  readonly question: OpenQuestion;
  readonly type: 'proceed' | 'reject';
  readonly feedback?: string;
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
  /** Whether the upstream told of a step of its work besides words: a tool, an agent, a node. */
  sawWork?: boolean;
  /** Why the answer ended, if the upstream says such a thing; the last word counts. */
  finishReason?: FinishReason;
  /** Tokens so far, as in the last `usage` event. */
  usage?: Omit<Usage, 'type'>;
  /** What the upstream calls the model that has answered. */
  model?: string;
}

/**
 * How far a call has come at its upstream; never goes back.
 * - `unsent`: nobody has got the request, for want of an address or a connection, or because nobody read the call
 * - `refused`: an HTTP status says that nothing was begun
 * - `unknown`: the request was sent, and whether work was begun nobody can tell: no answer, HTTP 500, a document that is not complete
 * - `accepted`: an answer has begun, which tells of the work that is done
 */
export type CallReach = 'unsent' | 'refused' | 'unknown' | 'accepted';

/** Whether the upstream's work has really ended: it said so itself, or had not begun. */
export interface StopReceipt {
  readonly acknowledged: boolean;
}

/** One running call of an upstream. */
export interface ProviderCall {
  /**
   * The events, as one array per read from the upstream, adjacent text already merged, never empty. The iteration
   * ends normally only when the upstream said that it is done: an early close throws `upstream_failed`. When the signal aborts it
   * throws the signal's reason at once, and lets go of the connection at once or when a `stop()` has had its time. To be iterated once.
   */
  readonly events: AsyncIterable<readonly ProviderEvent[]>;
  /**
   * The same for whoever can take events at any time, without a promise for each read: calls `take` with each array that the iteration has
   * not given yet, in order, and resolves or rejects as it would end. Absent: iterate.
   */
  deliver?(take: (batch: readonly ProviderEvent[]) => void): Promise<void>;
  readonly report: ProviderReport;
  readonly reach: CallReach;
  /** What the upstream calls this run, if runs have names there; another one for every call. */
  readonly runId?: string;
  /** The question to a human that the run waits with, or has ended with. */
  readonly question?: OpenQuestion;
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
  /**
   * What it needs to know of what was said before: `none`, all of it with each request (`told`), or only what its own memory of the
   * conversation does not hold (`kept`).
   */
  abstract readonly memory: 'none' | 'told' | 'kept';
  /** Whether a server of this kind runs flows that break one by one: what one of them does not answer says nothing about the server. */
  readonly breaksByFlow: boolean = false;
  /** The server that a call would go to, e.g. `https://api.example.com`; `undefined` when there is none. Never throws. */
  abstract originOf(target: UpstreamTarget): string | undefined;
  /** @param signal aborts the upstream call; required, so that nobody forgets it */
  abstract call(request: ProviderRequest, signal: AbortSignal): ProviderCall;

  /**
   * Whether a call may do more than answer: run tools, send mails. It must not be made twice, so it is repeated and replaced only where
   * nothing was done. Whoever cannot tell may.
   */
  mayWork(_target: UpstreamTarget): boolean {
    return true;
  }

  /** Why an upstream of this kind cannot take a file, as a phrase for whoever sent it; `undefined`: it can. */
  refusalOf(_upload: Upload): string | undefined {
    return 'is not allowed: this chatflow takes no files';
  }

  /**
   * Has the upstream forget a conversation. Bounded in time. Forgetting what it does not know is `deleted` too.
   * @returns `unsupported` when there is no such call
   * @throws AppError when it may still remember; the signal's reason when that aborts
   */
  forget(_conversation: ForgottenConversation, _signal: AbortSignal): Promise<'deleted' | 'unsupported'> {
    return Promise.resolve('unsupported');
  }
}

/** Finds the provider of a chatflow. */
export abstract class ProviderRegistry {
  /** @throws AppError `upstream_unavailable` when this provider is not set up here */
  abstract get(name: ProviderName): ChatProvider;
  /** Whether calls to it could work at all: its settings are there. */
  abstract isConfigured(name: ProviderName): boolean;
}
