import type { ProviderReport } from '../chat-provider.port.js';
import { errors } from '../../platform/errors/errors.js';
import type { DecodedEnd } from '../http/stream-decoder.port.js';
import { StrictPayloadDecoder } from '../sse/strict-payload.decoder.js';
import { TextBatch } from '../text-batch.js';
import { isOpenAiChunk, type OpenAiChunk } from './openai-chunk.js';
import { OpenAiCompletion } from './openai-completion.js';

/** The event stream of a chat completion, from bytes to canonical events. */
export class OpenAiDecoder extends StrictPayloadDecoder<OpenAiChunk> {
  readonly completion: OpenAiCompletion;

  constructor(report: ProviderReport) {
    const batch = new TextBatch();
    super(report, isOpenAiChunk, batch, 'OpenAI');
    this.completion = new OpenAiCompletion(batch);
  }

  get isComplete(): boolean {
    return this.outcome === undefined && this.completion.finishReason !== undefined;
  }

  protected override acceptDirectly(payload: string): boolean {
    if (payload.trim() !== '[DONE]') return false;
    this.outcome = this.atDone();
    return true;
  }

  protected accept(chunk: OpenAiChunk, repaired: boolean): void {
    this.completion.accept(chunk, repaired);
    this.outcome = this.completion.failure;
  }

  /** Some servers end without `[DONE]`, but none without saying why the model has ended. */
  protected override atEndOfBody(): DecodedEnd {
    if (this.completion.finishReason !== undefined) return this.completion.conclude();
    return errors.upstreamFailed('The upstream closed the stream before it was done.');
  }

  private atDone(): DecodedEnd {
    this.completion.finishReason ??= 'stop';
    return this.completion.conclude();
  }
}
