import type { ProviderEvent } from '../../chat/events/chat-event.js';
import { AppError } from '../../platform/errors/app-error.js';
import { errors } from '../../platform/errors/errors.js';
import type { ProviderReport } from '../chat-provider.port.js';
import type { DecodedEnd, StreamDecoder } from '../http/stream-decoder.port.js';
import { parsePayload } from '../json/repair-json.js';
import { SseDecoder } from '../sse/sse.decoder.js';
import { TextBatch } from '../text-batch.js';
import { isFlowiseFrame } from './flowise-frame.js';
import { FlowiseTurn } from './flowise-turn.js';

/** Flowise's event stream (`message:\ndata:{"event":…,"data":…}`), from bytes to canonical events. */
export class FlowiseDecoder implements StreamDecoder {
  progress = 0;
  private readonly sse = new SseDecoder();
  private readonly batch = new TextBatch();
  private readonly turn: FlowiseTurn;
  private broken: AppError | undefined;

  constructor(private readonly report: ProviderReport) {
    this.turn = new FlowiseTurn(this.batch, report);
  }

  get outcome(): DecodedEnd | undefined {
    return this.turn.outcome ?? this.broken;
  }

  push(chunk: Buffer): void {
    try {
      this.sse.push(chunk, this.acceptPayload);
    } catch (error) {
      this.broken = error instanceof AppError ? error : errors.upstreamFailed(undefined, error);
    }
  }

  end(): void {
    this.sse.flush(this.acceptLastPayload);
    this.broken ??= errors.upstreamFailed('The upstream closed the stream before it was done.');
  }

  take(): readonly ProviderEvent[] {
    return this.outcome === undefined ? this.batch.take() : this.batch.takeAll();
  }

  onSilence(): AppError {
    return errors.upstreamTimeout('The upstream fell silent before it was done.');
  }

  private readonly acceptPayload = (payload: string): void => {
    if (this.turn.outcome !== undefined) return;
    this.progress += 1;
    const parsed = parsePayload(payload, isFlowiseFrame);
    if (parsed === undefined) {
      this.report.droppedEvents += 1;
      return;
    }
    if (parsed.repaired) this.report.repairedEvents += 1;
    for (const frame of parsed.values) {
      this.turn.accept(frame);
      if (this.turn.outcome !== undefined) return;
    }
  };

  /** The last event may lack its blank line, but not its own end: a cut event must not be mended into another. */
  private readonly acceptLastPayload = (payload: string): void => {
    if (payload.trimEnd().endsWith('}')) this.acceptPayload(payload);
    else if (this.turn.outcome === undefined) this.report.droppedEvents += 1;
  };
}
