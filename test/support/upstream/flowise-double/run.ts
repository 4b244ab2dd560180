import { setImmediate } from 'node:timers/promises';
import type { Gate } from '../gate.js';
import { gateOf, type AnswerContext, type FlowFailure, type ScriptedFlow, type ToolRun } from './flow.js';
import { rememberingAnswer } from './remembering-answer.js';

/** One run of a flow: it goes on whether or not anybody listens. */
export interface DoubleRun {
  readonly flowId: string;
  readonly chatId: string;
  readonly sessionId: string;
  readonly question: string;
  readonly turn: number;
  /** `ended`: it has said and remembered all it had to; `aborted`: stopped on demand; `failed`: it broke. */
  state: 'running' | 'ended' | 'aborted' | 'failed';
  /** The tools that have really run. */
  readonly tools: ToolRun[];
  /** What it has said so far. */
  answer: string;
}

/** A run was told to stop, in LangChain's word for it. */
export class Aborted extends Error {
  constructor() {
    super('Aborted');
  }
}

/** What every kind of flow does while it runs. */
export class RunningFlow {
  private readonly gate: Gate | undefined;

  constructor(
    readonly flow: ScriptedFlow,
    readonly context: AnswerContext,
    readonly record: DoubleRun,
    private readonly failure: FlowFailure | undefined,
    /** Ends the run; of a flow that does not stop, only when the server closes. */
    private readonly signal: AbortSignal,
    /** An event for whoever listens on the run's chat id. */
    readonly emit: (event: string, data: unknown) => void,
  ) {
    this.gate = gateOf(flow, context);
  }

  /** Runs tools: what they do is done, whatever becomes of the answer. */
  use(tools: readonly ToolRun[]): void {
    this.record.tools.push(...tools);
  }

  /** Says the answer, a token at a time. @param begin called when the model begins to answer */
  async answer(begin: () => void = () => {}): Promise<string> {
    const tokens = await this.untilAborted((this.flow.answer ?? rememberingAnswer)(this.context));
    this.breakAt(0);
    begin();
    for (const [index, token] of tokens.entries()) {
      await this.pass();
      this.say(token);
      this.breakAt(index + 1);
    }
    if (this.failure?.kind === 'error') throw new Error(this.failure.message);
    await this.pass();
    return this.record.answer;
  }

  /** A script may wait for what never comes: the server can be closed all the same. */
  private async untilAborted<T>(work: T | Promise<T>): Promise<T> {
    if (this.signal.aborted) throw new Aborted();
    let leave = (): void => {};
    const aborted = new Promise<never>((_resolve, reject) => {
      leave = () => {
        reject(new Aborted());
      };
      this.signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      this.signal.removeEventListener('abort', leave);
    }
  }

  private say(token: string): void {
    this.record.answer += token;
    // Chains drop a model's empty tokens.
    if (token !== '') this.emit('token', token);
  }

  private breakAt(said: number): void {
    if (this.failure?.kind === 'error' && said === (this.failure.afterTokens ?? 0)) {
      throw new Error(this.failure.message);
    }
  }

  private async pass(): Promise<void> {
    if (this.gate === undefined) await setImmediate();
    else await this.gate.wait(this.signal);
    if (this.signal.aborted) throw new Aborted();
  }
}
