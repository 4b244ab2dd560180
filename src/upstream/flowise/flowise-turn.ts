import type { InputRequest, ProviderEvent, Usage } from '../../contract/chat-event.js';
import { errors } from '../../platform/errors/errors.js';
import type { ProviderReport } from '../chat-provider.port.js';
import type { DecodedEnd } from '../http/stream-decoder.port.js';
import { SourcesBound } from '../sources-bound.js';
import type { TextBatch } from '../text-batch.js';
import { addUsage, toInputRequest, toNative, toNodeId, toSources, withNative } from './flowise-events.js';
import { toFlowiseFailure } from './flowise-failure.js';
import { isObject } from '../../platform/json/json-object.js';
import { toMetadata, type FlowiseFrame } from './flowise-frame.js';
import { FlowiseTools } from './flowise-tools.js';

/** Events of Flowise that clients of its dialect understand and the other dialects have no place for. */
const KNOWN_WITHOUT_MEANING: ReadonlySet<string> = new Set([
  'agentReasoning',
  'nextAgent',
  'agentFlowEvent',
  'nextAgentFlow',
  'artifacts',
  'fileAnnotations',
  'tool',
]);

/** Events that tell of work which a second call would do again. */
const WORK: ReadonlySet<string> = new Set([
  'calledTools',
  'usedTools',
  'tool',
  'agentReasoning',
  'nextAgent',
  'agentFlowEvent',
  'nextAgentFlow',
  'action',
]);

/** What is remembered through all responses of one call: a flow that waited for a human answers in a second one. */
export class FlowiseMemory {
  readonly tools = new FlowiseTools();
  readonly sources = new SourcesBound();
  readonly asked = new Set<string>();
  usage: Usage | undefined;
  /** Whether there was any text. */
  hasText = false;
  /** The human's decision that the flow waits for. */
  waitsFor: InputRequest | undefined;
  /** The node that waits for it, if Flowise has named it. */
  waitingNodeId: string | undefined;
  /** Under which id Flowise keeps the answer. */
  messageId: string | undefined;
  /** Whether the answer came as one document. */
  whole = false;
}

/** The meaning of Flowise's events, whether they came as a stream or as the members of one JSON answer. */
export class FlowiseTurn {
  outcome: DecodedEnd | undefined;

  constructor(
    private readonly batch: TextBatch,
    private readonly report: ProviderReport,
    private readonly memory: FlowiseMemory = new FlowiseMemory(),
  ) {}

  accept(frame: FlowiseFrame): void {
    const { event, data } = frame;
    switch (event) {
      case 'token':
        return this.addText('text-delta', data);
      case 'thinking':
        return this.addText('reasoning-delta', data);
      default:
        return this.acceptRare(frame);
    }
  }

  private acceptRare(frame: FlowiseFrame): void {
    const { event, data } = frame;
    if (WORK.has(event)) this.report.sawWork = true;
    switch (event) {
      case 'sourceDocuments':
        return this.addAll(toSources(frame, this.memory.sources));
      case 'usedTools':
        return this.addAll(withNative(this.memory.tools.used(data), frame));
      case 'calledTools':
        return this.addAll(withNative(this.memory.tools.called(data), frame));
      case 'action':
        return this.addInputRequest(frame);
      case 'usageMetadata':
        return this.addUsage(data);
      case 'metadata':
        return this.addMetadata(data);
      case 'error':
        this.outcome = toFlowiseFailure(data);
        return;
      case 'abort':
        // Somebody else stopped the flow, so what came is not the whole answer.
        this.outcome = errors.upstreamFailed('The upstream stopped before the answer was complete.');
        return;
      case 'end':
        this.outcome = 'done';
        return;
      default:
        if (isForOthers(event)) return;
        if (!KNOWN_WITHOUT_MEANING.has(event)) this.report.unknownEvents += 1;
        this.batch.add({ type: 'upstream-event', native: toNative(frame) });
    }
  }

  private addText(type: 'text-delta' | 'reasoning-delta', data: unknown): void {
    if (typeof data !== 'string') {
      this.report.droppedEvents += 1;
      return;
    }
    if (type === 'text-delta' && data !== '') this.memory.hasText = true;
    this.batch.addText(type, data);
  }

  private addAll(events: readonly ProviderEvent[]): void {
    for (const event of events) this.batch.add(event);
  }

  /** `metadata` repeats the `action` that came before it. */
  private addInputRequest(frame: FlowiseFrame): void {
    const request = toInputRequest(frame.data);
    if (request === undefined || this.memory.asked.has(request.requestId)) return;
    this.memory.asked.add(request.requestId);
    this.memory.waitsFor = request;
    this.memory.waitingNodeId = toNodeId(frame.data);
    // `metadata` tells of it too.
    this.report.sawWork = true;
    this.addAll(withNative([request], frame));
  }

  private addUsage(data: unknown): void {
    const usage = addUsage(this.memory.usage, data);
    if (usage === undefined || usage === this.memory.usage) return;
    this.memory.usage = usage;
    const { type: _, ...counts } = usage;
    this.report.usage = counts;
    this.batch.add(usage);
  }

  private addMetadata(data: unknown): void {
    if (!isObject(data)) return;
    if (data.action !== undefined) this.addInputRequest({ event: 'action', data: data.action });
    const metadata = toMetadata(data);
    if (metadata === undefined) return;
    this.memory.messageId = metadata.upstreamMessageId;
    this.batch.add(metadata);
  }
}

/** Events that nobody behind us may or needs to see. */
function isForOthers(event: string): boolean {
  return (
    // Its data may repeat the first token.
    event === 'start' ||
    // Shows model configuration and credential ids.
    event === 'agentFlowExecutedData' ||
    // Spoken answers (`tts_start`, `tts_data`, …) are for Flowise's own player.
    event.startsWith('tts_')
  );
}
