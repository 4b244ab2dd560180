import { AbortPool } from './abort-pool.js';
import { runAgentflow } from './agentflow-run.js';
import { pushBounded, setBounded } from './bounded.js';
import { runChain } from './chain-run.js';
import { ChatMessages } from './chat-messages.js';
import { Executions } from './executions.js';
import type { AnswerContext, FlowFailure, ScriptedFlow } from './flow.js';
import type { FlowResult } from './flow-result.js';
import { checkHistory, type Prediction } from './prediction.js';
import { ResponseClients } from './response-clients.js';
import { RunningFlow, type DoubleRun } from './run.js';
import { runSequentialAgents } from './sequential-agents-run.js';
import { checkUploads } from './uploads.js';

/** Flows that look at the signal which the abort endpoint raises. */
const STOPPABLE: ReadonlySet<ScriptedFlow['kind']> = new Set([
  'agentflow2',
  'humanInput',
  'sequentialAgents',
]);
const isAgentflow = ({ kind }: ScriptedFlow): boolean => kind === 'agentflow2' || kind === 'humanInput';

/** Runs flows to their end, with what Flowise keeps of them. */
export class FlowRunner {
  readonly clients = new ResponseClients();
  readonly messages = new ChatMessages();
  readonly executions = new Executions();
  readonly aborts = new AbortPool();
  readonly runs: DoubleRun[] = [];
  private readonly turns = new Map<string, number>();
  private readonly running = new Set<Promise<unknown>>();
  private readonly closing = new AbortController();

  /** Counts one more prediction of the session, and reads its memory. */
  contextOf({ flowId, question, history, sessionId, chatId, humanInput }: Prediction): AnswerContext {
    const key = `${flowId}\0${sessionId}`;
    const turn = (this.turns.get(key) ?? 0) + 1;
    setBounded(this.turns, key, turn);
    return {
      question,
      history: [...history, ...this.messages.memoryOf(flowId, sessionId)],
      sessionId,
      chatId,
      turn,
      ...(humanInput !== undefined && { humanInput }),
    };
  }

  /** @returns the JSON answer. @throws Error as Flowise's service throws it */
  async run(
    flow: ScriptedFlow,
    prediction: Prediction,
    context: AnswerContext,
    failure?: FlowFailure,
  ): Promise<Record<string, unknown>> {
    const { flowId, chatId, sessionId, question } = prediction;
    const { turn } = context;
    const record: DoubleRun = {
      flowId,
      chatId,
      sessionId,
      question,
      turn,
      state: 'running',
      tools: [],
      answer: '',
    };
    pushBounded(this.runs, record);
    const work = this.finish(flow, prediction, context, record, failure);
    this.running.add(work);
    try {
      return await work;
    } catch (error) {
      if (record.state === 'running') record.state = this.closing.signal.aborted ? 'aborted' : 'failed';
      throw new Error(`Error: predictionsServices.buildChatflow - ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      this.running.delete(work);
      this.aborts.remove(flowId, chatId);
    }
  }

  /** When every run has ended, also those that begin meanwhile. */
  async whenIdle(): Promise<void> {
    while (this.running.size > 0) await Promise.allSettled(this.running);
  }

  close(): Promise<void> {
    this.closing.abort();
    return this.whenIdle();
  }

  private async finish(
    flow: ScriptedFlow,
    prediction: Prediction,
    context: AnswerContext,
    record: DoubleRun,
    failure?: FlowFailure,
  ): Promise<Record<string, unknown>> {
    const { flowId, chatId } = prediction;
    const aborted = this.aborts.add(flowId, chatId);
    const begunAt = this.messages.now();
    checkUploads(prediction.uploads);
    // Agents look their client up by the chat id, whether or not this call asked for a stream.
    const emit = (event: string, data: unknown): void => {
      if (STOPPABLE.has(flow.kind) || (prediction.streaming && flow.kind !== 'nonStreaming')) {
        this.clients.send(chatId, event, data);
      }
    };
    const signal = STOPPABLE.has(flow.kind)
      ? AbortSignal.any([this.closing.signal, aborted])
      : this.closing.signal;
    const result = await this.runKind(
      new RunningFlow(flow, context, record, failure, signal, emit),
      prediction,
    );
    if (this.closing.signal.aborted) throw new Error('The server has closed.');
    const chatMessageId = this.remember(flow, prediction, result, begunAt);
    if (record.state === 'running') record.state = 'ended';
    return toAnswer(flow, prediction, result, chatMessageId);
  }

  private runKind(run: RunningFlow, prediction: Prediction): Promise<FlowResult> {
    if (run.flow.kind === 'sequentialAgents') return runSequentialAgents(run);
    if (!isAgentflow(run.flow)) return runChain(run);
    const { flowId, sessionId, chatId, humanInput, history } = prediction;
    checkHistory(history);
    const execution =
      humanInput === undefined
        ? this.executions.begin(flowId, sessionId, chatId)
        : this.executions.resume(flowId, sessionId, chatId, humanInput);
    return runAgentflow(run, execution);
  }

  /** Flowise stores question and answer when the run ends, never before, and whether or not its client is still there. */
  private remember(flow: ScriptedFlow, prediction: Prediction, result: FlowResult, begunAt: string): string {
    const { flowId, chatId, sessionId, question, humanInput } = prediction;
    if (humanInput !== undefined) {
      delete this.messages.list(flowId, { sessionId }).findLast(({ action }) => action !== undefined)?.action;
    }
    const common = {
      chatflowid: flowId,
      chatId,
      sessionId,
      memoryType: memoryTypeOf(flow) ?? null,
      executionId: result.executionId ?? null,
    };
    const { text, stored, usedTools, sourceDocuments, action } = result;
    this.messages.add({ ...common, role: 'userMessage', content: question, createdDate: begunAt });
    return this.messages.add({
      ...common,
      role: 'apiMessage',
      content: stored ?? text,
      usedTools,
      sourceDocuments,
      action,
    }).id;
  }
}

/** An agent's memory is no node of its own that Flowise could name. */
const memoryTypeOf = (flow: ScriptedFlow): string | undefined =>
  isAgentflow(flow) || flow.kind === 'sequentialAgents' ? undefined : 'Buffer Memory';

function toAnswer(
  flow: ScriptedFlow,
  prediction: Prediction,
  result: FlowResult,
  chatMessageId: string,
): Record<string, unknown> {
  const { question, chatId, sessionId } = prediction;
  const { stored: _stored, text, usedTools, sourceDocuments, ...agents } = result;
  const memoryType = memoryTypeOf(flow);
  return {
    text,
    ...(usedTools !== undefined && !isAgentflow(flow) && { usedTools }),
    ...(sourceDocuments !== undefined && { sourceDocuments }),
    question,
    chatId,
    chatMessageId,
    ...(memoryType !== undefined && { isStreamValid: prediction.streaming && flow.kind !== 'nonStreaming' }),
    ...agents,
    sessionId,
    ...(memoryType !== undefined && { memoryType }),
  };
}
