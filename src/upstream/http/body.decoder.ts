import { StringDecoder } from 'node:string_decoder';
import type { ProviderEvent } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import type { DecodedEnd, StreamDecoder } from './stream-decoder.port.js';

/** What a whole body means. */
export interface ReadBody {
  readonly events: readonly ProviderEvent[];
  readonly outcome: DecodedEnd;
  /** Whether a failure is what the upstream itself told, in a whole document. */
  readonly isTold?: boolean;
}

export interface BodyDecoderOptions {
  readonly maxBytes: number;
  /** @param text the body, or its first `maxBytes` when it is longer or did not come to its end */
  readonly read: (text: string, complete: boolean) => ReadBody;
  readonly onSilence: (text: string) => AppError;
}

/** For answers that are one document, not a stream: waits for all of it, up to a bound. */
export class BodyDecoder implements StreamDecoder {
  outcome: DecodedEnd | undefined;
  saidEnd = false;
  progress = 0;
  private readonly decoder = new StringDecoder('utf8');
  private readonly parts: string[] = [];
  private bytes = 0;
  private events: readonly ProviderEvent[] = [];

  constructor(private readonly options: BodyDecoderOptions) {}

  push(chunk: Buffer): void {
    if (this.outcome !== undefined) return;
    this.progress += 1;
    const free = this.options.maxBytes - this.bytes;
    this.parts.push(this.decoder.write(chunk.length > free ? chunk.subarray(0, free) : chunk));
    this.bytes += chunk.length;
    if (chunk.length > free) this.finish(false);
  }

  end(): void {
    if (this.outcome === undefined) this.finish(true);
  }

  take(): readonly ProviderEvent[] {
    const events = this.events;
    this.events = [];
    return events;
  }

  onSilence(): AppError {
    return this.options.onSilence(this.parts.join(''));
  }

  private finish(complete: boolean): void {
    const { events, outcome, isTold } = this.read(this.parts.join(''), complete);
    this.events = events;
    this.outcome = outcome;
    this.saidEnd = outcome === 'done' || isTold === true;
  }

  /** Nobody above catches what a document throws that was made to be hard to read. */
  private read(text: string, complete: boolean): ReadBody {
    try {
      return this.options.read(text, complete);
    } catch (error) {
      return {
        events: [],
        outcome: error instanceof AppError ? error : errors.upstreamFailed(undefined, error),
      };
    }
  }
}
