import type { ProviderReport } from '../chat-provider.port.js';
import { SsePayloadDecoder } from '../sse/sse-payload.decoder.js';
import { TextBatch } from '../text-batch.js';
import { isFlowiseFrame, type FlowiseFrame } from './flowise-frame.js';
import { FlowiseTurn, type FlowiseMemory } from './flowise-turn.js';

const TOKEN_HEAD = '{"event":"token","data":"';
const TOKEN_TAIL = '"}';

/**
 * The text of a token event without escapes, as nearly all are. Reading it costs a tenth of `JSON.parse`, which is most
 * of what a token costs.
 */
function plainToken(payload: string): string | undefined {
  const end = payload.length - TOKEN_TAIL.length;
  if (!payload.startsWith(TOKEN_HEAD) || payload.indexOf('"', TOKEN_HEAD.length) !== end) return undefined;
  if (!payload.endsWith(TOKEN_TAIL) || payload.includes('\\', TOKEN_HEAD.length)) return undefined;
  return payload.slice(TOKEN_HEAD.length, end);
}

/** Flowise's event stream (`message:\ndata:{"event":…,"data":…}`), from bytes to canonical events. */
export class FlowiseDecoder extends SsePayloadDecoder<FlowiseFrame> {
  private readonly turn: FlowiseTurn;

  /** @param memory shared by the responses of one call */
  constructor(report: ProviderReport, memory?: FlowiseMemory) {
    const batch = new TextBatch();
    super(report, isFlowiseFrame, batch);
    this.turn = new FlowiseTurn(batch, report, memory);
  }

  protected override acceptDirectly(payload: string): boolean {
    const text = plainToken(payload);
    if (text === undefined) return false;
    this.accept({ event: 'token', data: text });
    return true;
  }

  protected accept(frame: FlowiseFrame): void {
    this.turn.accept(frame);
    this.outcome = this.turn.outcome;
  }
}
