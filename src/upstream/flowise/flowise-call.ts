import type { ProviderEvent } from '../../contract/chat-event.js';
import { newId } from '../../platform/ids.js';
import { errors } from '../../platform/errors/errors.js';
import type {
  CallReach,
  HumanInput,
  OpenQuestion,
  ProviderCall,
  ProviderReport,
  ProviderRequest,
  StopReceipt,
} from '../chat-provider.port.js';
import { deliverAround } from '../deliver.js';
import type { EventStream } from '../http/event-stream.js';
import { InputWait } from '../input-wait.js';
import type { FlowiseFlow, FlowiseHumanInput, FlowiseRun } from './flowise-request.js';
import { FlowiseMemory } from './flowise-turn.js';
import type { FlowiseClient } from './flowise.client.js';
import { toHumanInput } from './human-decision.js';

type Batch = readonly ProviderEvent[];
type Step = IteratorResult<Batch, undefined>;

const DONE: Step = { done: true, value: undefined };

/**
 * One call of a flow. Usually one response; when the flow asks a human and the request allows to wait, another for each
 * answer. An answer whose text got lost on its way is looked up where Flowise keeps it.
 */
export class FlowiseCall implements ProviderCall, AsyncIterableIterator<Batch, undefined> {
  /** A run that has asked goes on under the name under which it has asked. */
  readonly runId: string;
  readonly report: ProviderReport = { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 };
  readonly memory = new FlowiseMemory();
  private readonly input = new InputWait();
  private stream: EventStream;
  private readonly run: FlowiseRun;
  private waiting = false;
  private resumed = false;
  private stopping: Promise<StopReceipt> | undefined;
  /** The question that was noted last. */
  private asked: FlowiseMemory['waitsFor'];
  private over = false;

  constructor(
    private readonly client: FlowiseClient,
    private readonly flow: FlowiseFlow,
    private readonly request: ProviderRequest,
    private readonly signal: AbortSignal,
  ) {
    this.runId = request.answers?.question.runId ?? newId();
    // Without a conversation nothing is to be remembered.
    this.run = { runId: this.runId, memoryId: request.conversation?.id ?? this.runId };
    this.stream = client.predict(flow, request, this.run, this, signal, decisionOf(request));
  }

  get events(): this {
    return this;
  }

  get question(): OpenQuestion | undefined {
    const { waitsFor, waitingNodeId: nodeId } = this.memory;
    if (waitsFor === undefined) return undefined;
    return { runId: this.runId, requestId: waitsFor.requestId, ...(nodeId !== undefined && { nodeId }) };
  }

  get arrivedWhole(): boolean {
    return this.memory.whole;
  }

  get reach(): CallReach {
    return this.resumed ? 'accepted' : this.stream.reach;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step> {
    if (this.over) return DONE;
    for (;;) {
      const step = await this.stream.next();
      this.noteQuestion();
      if (step.done !== true) return step;
      if (!(await this.resume())) break;
    }
    this.over = true;
    const text = await this.findLostText();
    return text === undefined ? DONE : { done: false, value: [{ type: 'text-delta', text }] };
  }

  deliver(take: (batch: Batch) => void): Promise<void> {
    const takeAndAsk = (batch: Batch): void => {
      this.noteQuestion();
      take(batch);
    };
    return deliverAround(this, () => (this.over ? undefined : this.stream), takeAndAsk);
  }

  return(): Promise<Step> {
    this.over = true;
    return this.stream.return();
  }

  stop(): Promise<StopReceipt> {
    this.stopping ??= this.endRun();
    return this.stopping;
  }

  /** Flowise takes a request to stop for every run, and goes on with many: only the run's own end counts. */
  private async endRun(): Promise<StopReceipt> {
    const { stream } = this;
    // A flow that waits has ended its work; nobody will resume it.
    if (this.waiting || !stream.mayBeRunning) return { acknowledged: true };
    // Never rejects. The run may end before the request is answered.
    void this.client.abort(this.flow, this.runId).then((isTaken) => {
      if (!isTaken) stream.letGoNow();
    });
    return { acknowledged: await stream.linger() };
  }

  provideInput(input: HumanInput): Promise<void> {
    if (!this.mayWait) return Promise.reject(errors.conflict('This chatflow does not wait for input.'));
    return new Promise((resolve) => {
      this.input.provide(input);
      resolve();
    });
  }

  /** From the moment a reader sees the question, an answer to it is taken. */
  private noteQuestion(): void {
    const { waitsFor } = this.memory;
    if (waitsFor !== this.asked && waitsFor !== undefined && this.mayWait) this.input.ask();
    this.asked = waitsFor;
  }

  private get mayWait(): boolean {
    return (this.request.inputWaitMs ?? 0) > 0;
  }

  /** @returns whether the flow goes on in another response */
  private async resume(): Promise<boolean> {
    const { waitsFor } = this.memory;
    if (waitsFor === undefined || !this.mayWait) return false;
    this.waiting = true;
    const answer = await this.input.take(this.request.inputWaitMs ?? 0, this.signal);
    this.waiting = false;
    if (answer === undefined) return false;
    this.memory.waitsFor = undefined;
    const { waitingNodeId } = this.memory;
    const decision = {
      ...toHumanInput(answer, waitsFor.choices),
      ...(waitingNodeId !== undefined && { startNodeId: waitingNodeId }),
    };
    this.resumed = true;
    this.stream = this.client.predict(this.flow, this.request, this.run, this, this.signal, decision);
    return true;
  }

  private async findLostText(): Promise<string | undefined> {
    const { hasText, waitsFor, messageId } = this.memory;
    if (hasText || waitsFor !== undefined || messageId === undefined) return undefined;
    return this.client.findAnswer(this.flow, this.runId, messageId, this.signal);
  }
}

/** What a call that answers an earlier run's question begins with. */
function decisionOf({ answers }: ProviderRequest): FlowiseHumanInput | undefined {
  if (answers === undefined) return undefined;
  const { type, feedback, question } = answers;
  const { nodeId } = question;
  return {
    type,
    ...(nodeId !== undefined && { startNodeId: nodeId }),
    ...(feedback !== undefined && { feedback }),
  };
}
