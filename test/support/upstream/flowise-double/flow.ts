import type { FlowiseBehaviour } from '../flowise-behaviours.js';
import type { Gate } from '../gate.js';

/** One message as a flow remembers it, in Flowise's words. */
export interface MemoryEntry {
  readonly role: 'userMessage' | 'apiMessage';
  readonly content: string;
}

/** A tool that a flow has run. */
export interface ToolRun {
  readonly tool: string;
  readonly toolInput: Readonly<Record<string, unknown>>;
  readonly toolOutput: string;
}

/** The decision that resumes a flow which waits for a human. */
export interface HumanInput {
  readonly type: 'proceed' | 'reject';
  readonly startNodeId?: string;
  readonly feedback?: string;
}

/** What a flow knows when it answers. */
export interface AnswerContext {
  readonly question: string;
  /** The body's `history`, then what the session's memory has. */
  readonly history: readonly MemoryEntry[];
  readonly sessionId: string;
  readonly chatId: string;
  /** Counts the predictions that this flow was asked for in this session, from 1, whatever became of them. */
  readonly turn: number;
  readonly humanInput?: HumanInput;
}

/**
 * How a flow breaks.
 * - `error`: tools and `afterTokens` tokens come (unset: none), then an `error` event inside the 200. Nothing is remembered.
 * - `status`: an HTTP error, whether or not a stream was asked for; a proxy in front of Flowise does that.
 * - `silence`: never a byte.
 */
export type FlowFailure =
  | { readonly kind: 'error'; readonly message: string; readonly afterTokens?: number }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'silence' };

/** The tokens of an answer; none is an empty answer. What it throws becomes an `error` event. */
export type FlowAnswer = (context: AnswerContext) => readonly string[] | Promise<readonly string[]>;

/** A flow that runs, remembers, and can fail. */
export interface ScriptedFlow {
  /**
   * - `chain`: a conversation chain with memory. Never stops.
   * - `toolAgent`: runs its tools, then answers. Never stops.
   * - `agentflow2`: AgentFlow v2. Stops when it is told to, and then remembers nothing.
   * - `humanInput`: an AgentFlow v2 that asks before it runs its tools.
   * - `sequentialAgents`: stops when it is told to, and then remembers the question with an empty answer.
   * - `nonStreaming`: a chain that answers with one JSON document although a stream was asked for.
   */
  readonly kind: 'chain' | 'toolAgent' | 'agentflow2' | 'humanInput' | 'sequentialAgents' | 'nonStreaming';
  /** Unset: `rememberingAnswer`. */
  readonly answer?: FlowAnswer;
  /** Each token and then the end waits for a pass; unset: they come at once. */
  readonly gate?: Gate | ((context: AnswerContext) => Gate | undefined);
  /** Unset: a calculator for `toolAgent` and `humanInput`, none for the others. */
  readonly tools?: readonly ToolRun[];
  /** The documents that a chain has found, as Flowise tells them. */
  readonly sourceDocuments?: readonly unknown[];
  readonly failure?: FlowFailure | ((context: AnswerContext) => FlowFailure | undefined);
  /** Whether predictions need the API key. */
  readonly requiresKey?: boolean;
}

/** A flow without a memory that answers these bytes each time. */
export interface ReplayedFlow {
  readonly kind: 'replayed';
  readonly respond: FlowiseBehaviour;
}

export type DoubleFlow = ScriptedFlow | ReplayedFlow;

const CALCULATOR: ToolRun = { tool: 'calculator', toolInput: { input: '6*7' }, toolOutput: '42' };

export function toolsOf({ kind, tools }: ScriptedFlow): readonly ToolRun[] {
  return tools ?? (kind === 'toolAgent' || kind === 'humanInput' ? [CALCULATOR] : []);
}

export const gateOf = ({ gate }: ScriptedFlow, context: AnswerContext): Gate | undefined =>
  typeof gate === 'function' ? gate(context) : gate;

export const failureOf = ({ failure }: ScriptedFlow, context: AnswerContext): FlowFailure | undefined =>
  typeof failure === 'function' ? failure(context) : failure;
