import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { CallReach } from '../chat-provider.port.js';
import { errors } from '../../platform/errors/errors.js';
import { BatchReader, type Batch, type Step } from './batch-reader.js';
import { Deadline } from './deadline.js';
import type { EventStreamOptions, ResponseReading } from './event-stream-options.js';
import { toTransportFailure } from './transport-failure.js';

/** Read but not yet taken; above it the socket is paused. */
const MAX_AHEAD_BYTES = 256 * 1024;
/** After its last event an upstream ends the response by itself; in that case the connection can be used again. */
const END_GRACE_MS = 1000;
/** How long an answer that is complete is read on for what may still come about it: some servers never end the response. */
const END_MARK_GRACE_MS = 2000;
/** Its `then` is a `queueMicrotask` without the latter's resource for asynchronous hooks, which would be made for every read. */
const RESOLVED = Promise.resolve();

/**
 * One HTTP call whose response is decoded as it is read. The request is sent by the first `next()` or `deliver()`. Events wait in
 * the decoder, where adjacent text merges, until the reader takes them: a reader that waits gets one batch per read
 * of the socket, a slow one fewer and larger batches.
 *
 * The socket is paused while the reader is far behind, and let go of when the reader leaves (`return()`), when the
 * signal aborts (`lingerMs` later at most), or when the response has failed.
 */
export class EventStream extends BatchReader implements Dispatcher.DispatchHandler {
  /** `lingering`: it has ended for its reader, who has left, and is read on only for its end. */
  private state: 'idle' | 'open' | 'lingering' | 'ended' = 'idle';
  /** Nobody will take what the decoder still holds. */
  private abandoned = false;
  /** What the current read of the socket has brought so far. */
  private chunks: Buffer[] = [];
  private stepScheduled = false;
  private aheadBytes = 0;
  private controller: Dispatcher.DispatchController | undefined;
  private reading: ResponseReading | undefined;
  /** Whether the request has been written to a connection. */
  private sent = false;
  /** Whether the answer is complete and only its end mark is waited for. */
  private ending = false;
  private onLingered: (() => void) | undefined;
  /** In turn for the headers, for silence and for the end of the response. */
  private readonly deadline = new Deadline();
  private readonly signal: AbortSignal;
  private readonly lingerMs: number;
  /** Until the response begins. An open stream does not keep what was sent for it. */
  private options: EventStreamOptions | undefined;

  constructor(options: EventStreamOptions) {
    super();
    this.options = options;
    this.signal = options.signal;
    this.lingerMs = options.lingerMs ?? 0;
  }

  get reach(): CallReach {
    return this.reading?.reach ?? (this.sent ? 'unknown' : 'unsent');
  }

  /** Whether a request was sent, and may have been begun, whose end the upstream has not reported. */
  get mayBeRunning(): boolean {
    return this.sent && this.reach !== 'refused' && this.reading?.decoder.saidEnd !== true;
  }

  /**
   * Waits for the end of a response whose signal has aborted, `lingerMs` from now at most.
   * @returns whether the upstream has said it
   */
  async linger(): Promise<boolean> {
    if (this.state === 'lingering') {
      this.lingerFromNow();
      await new Promise<void>((resolve) => {
        this.onLingered = resolve;
      });
    }
    return !this.mayBeRunning;
  }

  /** Ends the lingering. */
  letGoNow(): void {
    if (this.state === 'lingering') this.finish(0);
  }

  return(): Promise<Step> {
    this.abandoned = true;
    // Lingering is for whoever stops the turn, not for its reader.
    if (this.state !== 'lingering') this.finish(0);
    this.failure = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The reader may have left while the connection was being made.
    if (this.state === 'ended') {
      controller.abort(new Error('The reader has left'));
      return;
    }
    this.controller = controller;
    this.sent = true;
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    const { options } = this;
    if (status < 200 || this.state === 'ended' || options === undefined) return;
    this.options = undefined;
    // Undici keeps them as long as the response, and with them the memory of what was read first.
    if (this.controller !== undefined && options.keepsRawHeaders !== true) this.controller.rawHeaders = null;
    try {
      this.reading = options.read(status, headers);
      if (this.state === 'open') this.watchForSilence();
    } catch (error) {
      this.fail(toTransportFailure(error, true));
    }
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.reading === undefined || this.state === 'ended') return;
    this.chunks.push(chunk);
    this.scheduleStep();
  }

  onResponseEnd(): void {
    this.responseOver();
    if (this.state === 'ended') return;
    this.reading?.decoder.end();
    this.conclude();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.responseOver();
    if (this.state === 'open' && this.isComplete) this.endComplete();
    else this.fail(toTransportFailure(error, this.reading !== undefined));
  }

  /** Nothing is left to let go of, and what came last may still hold the outcome. */
  private responseOver(): void {
    this.controller = undefined;
    this.decode();
    if (this.state === 'ended') this.deadline.clear();
  }

  protected begin(): void {
    if (this.state !== 'idle') return;
    this.state = 'open';
    if (this.options === undefined) return;
    const { signal, dispatcher, request, headersTimeoutMs } = this.options;
    if (signal.aborted) {
      this.fail(signal.reason);
      return;
    }
    signal.addEventListener('abort', this.onAbort);
    this.deadline.set(headersTimeoutMs, () => {
      this.fail(errors.upstreamTimeout('The upstream did not begin to answer in time.'));
    });
    try {
      dispatcher.dispatch(request, this);
    } catch (error) {
      this.fail(toTransportFailure(error, false));
    }
  }

  private readonly onAbort = (): void => {
    this.abandoned = true;
    if (this.lingerMs === 0 || !this.mayBeRunning) {
      this.fail(this.signal.reason);
      return;
    }
    this.failure = { error: this.signal.reason };
    this.state = 'lingering';
    this.signal.removeEventListener('abort', this.onAbort);
    this.lingerFromNow();
    if (this.controller?.paused === true) this.controller.resume();
    this.scheduleStep();
  };

  private lingerFromNow(): void {
    this.deadline.set(this.lingerMs, () => this.finish(0));
  }

  private get isComplete(): boolean {
    return this.reading?.decoder.isComplete === true;
  }

  /** Whatever else would have come. */
  private endComplete(): void {
    this.reading?.decoder.end();
    this.conclude();
  }

  /** Not put off by what comes in the meantime. */
  private watchForEnd(): void {
    this.ending = true;
    this.deadline.set(END_MARK_GRACE_MS, () => this.endComplete());
  }

  private watchForSilence(): void {
    if (this.reading === undefined) return;
    if (this.isComplete) {
      this.watchForEnd();
      return;
    }
    const { decoder, idleTimeoutMs } = this.reading;
    this.deadline.set(idleTimeoutMs, () => {
      this.fail(decoder.onSilence());
    });
  }

  /** Each event may be an HTTP chunk of its own: what one read of the socket brought is decoded and taken together. */
  protected scheduleStep(): void {
    if (this.stepScheduled) return;
    this.stepScheduled = true;
    void RESOLVED.then(this.step);
  }

  private readonly step = (): void => {
    this.stepScheduled = false;
    this.decode();
    if (!this.serve() && this.aheadBytes > MAX_AHEAD_BYTES) this.hold();
  };

  private decode(): void {
    const decoder = this.reading?.decoder;
    const first = this.chunks[0];
    if (decoder === undefined || first === undefined || this.state === 'ended') return;
    const bytes = this.chunks.length === 1 ? first : Buffer.concat(this.chunks);
    this.chunks = [];
    this.aheadBytes += bytes.length;
    const before = decoder.progress;
    decoder.push(bytes);
    if (this.state === 'lingering') decoder.take();
    if (decoder.outcome !== undefined) this.conclude();
    else if (this.state === 'open') this.keepWatch(decoder.progress !== before);
  }

  private keepWatch(hasProgress: boolean): void {
    if (!this.isComplete) {
      if (hasProgress) this.deadline.putOff();
    } else if (!this.ending) {
      this.watchForEnd();
    }
  }

  private hold(): void {
    const { controller } = this;
    if (this.state !== 'open' || controller === undefined || controller.paused) return;
    controller.pause();
    // Our reader is silent now, not the upstream.
    this.deadline.clear();
  }

  protected take(): Batch | undefined {
    if (this.reading === undefined || this.abandoned) return undefined;
    const batch = this.reading.decoder.take();
    this.aheadBytes = 0;
    if (this.state === 'open' && this.controller?.paused === true) {
      this.watchForSilence();
      this.controller.resume();
    }
    return batch.length === 0 ? undefined : batch;
  }

  /** The decoder knows the outcome. */
  private conclude(): void {
    const outcome = this.reading?.decoder.outcome;
    if (this.state === 'open' && outcome !== undefined && outcome !== 'done')
      this.failure = { error: outcome };
    this.finish(END_GRACE_MS);
  }

  private fail(error: unknown): void {
    if (this.state === 'ended') return;
    // Its reader was told why it has ended before the lingering.
    if (this.state !== 'lingering') this.failure = { error };
    this.finish(0);
  }

  /** For its reader. */
  protected get isOver(): boolean {
    return this.state === 'ended' || this.state === 'lingering';
  }

  protected finish(graceMs: number): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.signal.removeEventListener('abort', this.onAbort);
    this.deadline.clear();
    this.letGo(graceMs);
    this.onLingered?.();
    this.scheduleStep();
  }

  private letGo(graceMs: number): void {
    const { controller } = this;
    if (controller === undefined) return;
    const abort = () => controller.abort(new Error('The reader has left'));
    if (graceMs === 0) abort();
    else this.deadline.set(graceMs, abort);
  }
}
