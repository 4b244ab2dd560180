import type { ProviderEvent } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import type { ProviderReport } from '../chat-provider.port.js';
import type { DecodedEnd, StreamDecoder } from '../http/stream-decoder.port.js';
import { isTooComplex } from '../../platform/json/json-complexity.js';
import { parsePayload } from '../../platform/json/repair-json.js';
import { TextBatch } from '../text-batch.js';
import { SseDecoder } from './sse.decoder.js';

/**
 * An event stream whose events are JSON, from bytes to canonical events: framing, repair, counting. What an event means
 * is the subclass's to say.
 */
export abstract class SsePayloadDecoder<T> implements StreamDecoder {
  outcome: DecodedEnd | undefined;
  saidEnd = false;
  progress = 0;
  protected readonly sse = new SseDecoder();

  /**
   * @param recognises whether a value is an event of this upstream
   * @param batch where `accept` puts what it made
   */
  constructor(
    protected readonly report: ProviderReport,
    private readonly recognises: (value: unknown) => value is T,
    protected readonly batch: TextBatch = new TextBatch(),
  ) {}

  /**
   * Takes one event; sets `outcome` when it is the last.
   * @param repaired whether its JSON had to be mended
   */
  protected abstract accept(event: T, repaired: boolean): void;

  /** An event that is over before anybody looks into its payload, or that its name tells enough of. @returns whether it was one */
  protected acceptByName(_payload: string): boolean {
    return false;
  }

  /** A payload that is no event of this upstream: by default it is skipped and counted. */
  protected refuse(_payload: string): void {
    this.report.droppedEvents += 1;
  }

  /** A payload that needs no JSON parser: an end mark, or the commonest event in its plainest form. @returns whether it was one */
  protected acceptDirectly(_payload: string): boolean {
    return false;
  }

  /** What it means that the body has ended without an end event: by default that the answer was cut. */
  protected atEndOfBody(): DecodedEnd {
    return errors.upstreamFailed('The upstream closed the stream before it was done.');
  }

  push(chunk: Buffer): void {
    this.read(() => {
      this.sse.push(chunk, this.acceptPayload);
    });
  }

  end(): void {
    if (this.outcome !== undefined) return;
    this.read(() => {
      this.sse.flush(this.acceptLastPayload);
    });
    this.outcome ??= this.atEndOfBody();
    this.saidEnd ||= this.outcome === 'done';
  }

  take(): readonly ProviderEvent[] {
    return this.outcome === undefined ? this.batch.take() : this.batch.takeAll();
  }

  onSilence(): AppError {
    return errors.upstreamTimeout('The upstream fell silent before it was done.');
  }

  private read(some: () => void): void {
    if (this.outcome !== undefined) return;
    try {
      some();
      // An event may have set it, which the compiler cannot see.
      this.saidEnd = (this.outcome as DecodedEnd | undefined) !== undefined;
    } catch (error) {
      this.outcome ??= error instanceof AppError ? error : errors.upstreamFailed(undefined, error);
    }
  }

  private readonly acceptPayload = (payload: string): void => {
    if (this.outcome !== undefined) return;
    if (isTooComplex(payload)) throw errors.upstreamFailed('The upstream sent an event that is too complex.');
    if (this.acceptByName(payload)) return;
    this.progress += 1;
    if (this.acceptDirectly(payload)) return;
    const parsed = parsePayload(payload, this.recognises, this.report);
    if (parsed === undefined) {
      this.refuse(payload);
      return;
    }
    if (parsed.repaired) this.report.repairedEvents += 1;
    for (const event of parsed.values) {
      this.accept(event, parsed.repaired);
      // `accept` may have set it, which the compiler cannot see.
      if ((this.outcome as DecodedEnd | undefined) !== undefined) return;
    }
  };

  /** The last event may lack its blank line, but not its own end: a cut event must not be mended into another. */
  private readonly acceptLastPayload = (payload: string): void => {
    const whole = payload.trimEnd();
    if (whole.endsWith('}') || whole.endsWith(']')) this.acceptPayload(payload);
    else if (this.outcome === undefined) this.report.droppedEvents += 1;
  };
}
