import type { ProviderEvent, Usage } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import { untilAborted } from '../abortable.js';
import type { TodoList } from '../../tools/todo/todo-list.js';
import type {
  CallReach,
  ModelOptions,
  ProviderCall,
  ProviderReport,
  StopReceipt,
} from '../chat-provider.port.js';
import { deliverAround } from '../deliver.js';
import type { EventStream } from '../http/event-stream.js';
import type { UpstreamHttp, UpstreamPost } from '../http/upstream-http.service.js';
import { toAssistantMessage, toToolMessage, type OpenAiMessage } from './openai-messages.js';
import { tooMuch, type OpenAiCompletion } from './openai-completion.js';
import { createOpenAiJsonDecoder } from './openai-json.decoder.js';
import {
  COMPLETIONS_PATH,
  completionBody,
  modelHeaders,
  type OpenAiModel,
  type ToolChoice,
} from './openai-request.js';
import { OpenAiDecoder } from './openai.decoder.js';
import { readToolUse, runTodoTool, type ToolUse } from '../../tools/todo/todo-tools.js';
import { refusesUsage, type UsageRefusals } from './usage-refusals.js';
import type { RequestedTool } from '../../tools/requested-tool.js';

/** Tools that one turn may use, in all of its steps. */
export const MAX_TOOLS_PER_TURN = 256;
/** What all tools of a turn may say: each later step sends it to the model again. */
export const MAX_TOOL_OUTPUT_BYTES = 1024 * 1024;
/** Requests that one turn may cost; in the last one the model has to answer in words. */
const MAX_STEPS = 10;

type Batch = readonly ProviderEvent[];
type Counts = Omit<Usage, 'type'>;

/** What each of a call's requests is made with, and nothing else of what was asked: the call is there as long as its stream. */
type PassedOn = Pick<UpstreamPost, 'onAccepted' | 'unrecordedTrace'>;

/** One turn of a model: a completion, and for each round of tools that it wants another one. */
export class OpenAiCall implements ProviderCall {
  readonly report: ProviderReport = { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 };
  readonly events: AsyncGenerator<Batch>;
  arrivedWhole = false;
  private stream: EventStream | undefined;
  private completions = 0;
  private usage: Counts = {};
  private toolOutputBytes = 0;
  private readonly usedIds = new Set<string>();

  /** @param tools absent: the model may use none */
  constructor(
    private readonly http: UpstreamHttp,
    private readonly model: OpenAiModel,
    private readonly messages: OpenAiMessage[],
    private readonly tools: TodoList | undefined,
    private readonly signal: AbortSignal,
    private readonly refusals: UsageRefusals,
    private readonly options: ModelOptions = {},
    private readonly passedOn: PassedOn = {},
  ) {
    this.events = this.run();
  }

  get reach(): CallReach {
    return this.completions > 1 ? 'accepted' : (this.stream?.reach ?? 'unsent');
  }

  /** Closing the connection ends the model's work, but nobody says so. */
  stop(): Promise<StopReceipt> {
    return Promise.resolve({ acknowledged: this.stream?.mayBeRunning !== true });
  }

  deliver(take: (batch: Batch) => void): Promise<void> {
    return deliverAround(this.events, () => this.stream, take);
  }

  private async *run(): AsyncGenerator<Batch> {
    for (let step = 1; step <= MAX_STEPS; step += 1) {
      const completion = yield* this.complete(step === MAX_STEPS ? 'none' : 'auto');
      this.report.finishReason = completion.finishReason;
      const last = this.endOf(completion, step);
      if (last.length > 0) yield last;
      const { tools } = this;
      if (this.options.tools !== undefined) {
        yield* this.handToClient(completion);
        return;
      }
      const uses = completion.requestedTools.map((tool) => readToolUse(this.withOwnId(tool), this.report));
      if (tools === undefined || uses.length === 0) return;
      if (this.usedIds.size > MAX_TOOLS_PER_TURN) throw tooMuch();
      this.messages.push(toAssistantMessage(completion.text, uses));
      for (const use of uses) yield* this.use(tools, use);
    }
    throw new AppError('upstream_failed', 'The upstream used its tools again and again without an answer.', {
      kind: 'operational',
    });
  }

  /** The client's own tools are the client's to run: the turn ends with the calls, and the next one brings what came of them. */
  private *handToClient({ requestedTools }: OpenAiCompletion): Generator<Batch> {
    if (requestedTools.length === 0) return;
    // Some servers say `stop` all the same, others when a tool was demanded by name.
    this.report.finishReason = 'tool-calls';
    yield requestedTools.map((tool) => {
      const { id, name, input } = readToolUse(this.withOwnId(tool), this.report);
      const clientArguments = tool.arguments.trim() === '' ? '{}' : tool.arguments;
      return { type: 'tool-call', toolCallId: id, toolName: name, input: input ?? {}, clientArguments };
    });
  }

  private async *complete(choice: ToolChoice): AsyncGenerator<Batch, OpenAiCompletion> {
    const { model, refusals } = this;
    this.completions += 1;
    const asksForUsage = !refusals.has(model);
    try {
      return yield* this.ask(choice, asksForUsage);
    } catch (error) {
      if (!asksForUsage || !refusesUsage(error)) throw error;
      refusals.add(model);
      return yield* this.ask(choice, false);
    }
  }

  private async *ask(choice: ToolChoice, asksForUsage: boolean): AsyncGenerator<Batch, OpenAiCompletion> {
    const { model } = this;
    let completion: OpenAiCompletion | undefined;
    this.stream = this.http.post(
      {
        address: model,
        path: COMPLETIONS_PATH,
        headers: modelHeaders(model),
        body: completionBody(
          model,
          this.messages,
          this.tools === undefined ? undefined : choice,
          asksForUsage,
          this.options,
        ),
        ...this.passedOn,
        stream: () => {
          const decoder = new OpenAiDecoder(this.report);
          completion = decoder.completion;
          return decoder;
        },
        document: () => {
          const { decoder, completion: whole } = createOpenAiJsonDecoder();
          this.arrivedWhole = true;
          completion = whole;
          return decoder;
        },
      },
      this.signal,
    );
    yield* this.stream;
    // A stream that ends normally has had a response, and with it a completion.
    if (completion === undefined) throw new Error('A response without a completion');
    return completion;
  }

  /** Tokens count for all steps together, because all of them were paid for. */
  private endOf({ usage, model, id }: OpenAiCompletion, step: number): Batch {
    const events: ProviderEvent[] = [];
    if (usage !== undefined) {
      this.usage = addCounts(this.usage, usage);
      this.report.usage = this.usage;
      events.push({ type: 'usage', ...this.usage });
    }
    this.report.model = model ?? this.model.model;
    if (step === 1) {
      events.push({
        type: 'metadata',
        model: model ?? this.model.model,
        ...(id !== undefined && { upstreamMessageId: id }),
      });
    }
    return events;
  }

  private async *use(tools: TodoList, { id, name, input, repaired }: ToolUse): AsyncGenerator<Batch> {
    if (repaired) this.report.repairedEvents += 1;
    const call = { toolCallId: id, toolName: name, input: input ?? {} };
    yield [{ type: 'tool-call', ...call }];
    const { output, isError } = await untilAborted(() => runTodoTool(tools, { name, input }), this.signal);
    yield [{ type: 'tool-result', ...call, output, ...(isError && { isError }) }];
    const message = toToolMessage(id, output);
    this.toolOutputBytes += Buffer.byteLength(message.content);
    if (this.toolOutputBytes > MAX_TOOL_OUTPUT_BYTES) throw tooMuch();
    this.messages.push(message);
  }

  /** Ids have to be there and to be unique in a turn; not every server cares for that. */
  private withOwnId(tool: RequestedTool): RequestedTool {
    let { id } = tool;
    for (let n = this.usedIds.size + 1; id === '' || this.usedIds.has(id); n += 1) id = `call_${n}`;
    this.usedIds.add(id);
    return { ...tool, id };
  }
}

function addCounts(before: Counts, more: Counts): Counts {
  const sum = (a: number | undefined, b: number | undefined) =>
    a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
  const inputTokens = sum(before.inputTokens, more.inputTokens);
  const outputTokens = sum(before.outputTokens, more.outputTokens);
  const totalTokens = sum(before.totalTokens, more.totalTokens);
  return {
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(totalTokens !== undefined && { totalTokens }),
  };
}
