import type { ProviderReport } from '../chat-provider.port.js';
import { SsePayloadDecoder } from '../sse/sse-payload.decoder.js';
import { TextBatch } from '../text-batch.js';
import { isFlowiseFrame, type FlowiseFrame } from './flowise-frame.js';
import { FlowiseTurn, type FlowiseMemory } from './flowise-turn.js';

/** Flowise's event stream (`message:\ndata:{"event":…,"data":…}`), from bytes to canonical events. */
export class FlowiseDecoder extends SsePayloadDecoder<FlowiseFrame> {
  private readonly turn: FlowiseTurn;

  /** @param memory shared by the responses of one call */
  constructor(report: ProviderReport, memory?: FlowiseMemory) {
    const batch = new TextBatch();
    super(report, isFlowiseFrame, batch);
    this.turn = new FlowiseTurn(batch, report, memory);
  }

  protected accept(frame: FlowiseFrame): void {
    this.turn.accept(frame);
    this.outcome = this.turn.outcome;
  }
}
