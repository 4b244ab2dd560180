import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ProviderEvent } from '../../chat/events/chat-event.js';
import { toTransportFailure } from './transport-failure.js';
import type { StreamDecoder } from './stream-decoder.port.js';

/** How a response is to be read. */
export interface ResponseReading {
  readonly decoder: StreamDecoder;
  /** Longest time without progress, in milliseconds. */
  readonly idleTimeoutMs: number;
}

export interface EventStreamOptions {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.DispatchOptions;
  readonly signal: AbortSignal;
  /** Chooses the decoder when the headers have come. */
  readonly read: (status: number, headers: IncomingHttpHeaders) => ResponseReading;
}

type Batch = readonly ProviderEvent[];
type Step = IteratorResult<Batch, undefined>;

interface Waiting {
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

/** Decoded but not yet taken; above it the socket is paused. */
const MAX_AHEAD_BYTES = 256 * 1024;
/** After its last event an upstream ends the response by itself; in that case the connection can be used again. */
const END_GRACE_MS = 1000;

/**
 * One HTTP call whose response is decoded as it is read: one batch of events per chunk, handed to the waiting
 * reader without a stream in between. The request is sent by the first `next()`.
 *
 * The socket is paused while the reader is behind, and let go of when the reader leaves (`return()`), when the signal
 * aborts, or when the response has failed.
 */
export class EventStream implements AsyncIterableIterator<Batch, undefined>, Dispatcher.DispatchHandler {
  private state: 'idle' | 'open' | 'ended' = 'idle';
  /** Why it ended; `undefined` for a normal end. */
  private failure: { readonly error: unknown } | undefined;
  private ready: Batch[] = [];
  private aheadBytes = 0;
  private waiting: Waiting | undefined;
  private controller: Dispatcher.DispatchController | undefined;
  private reading: ResponseReading | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: EventStreamOptions) {}

  /** Whether a request was sent whose end the upstream has not reported. */
  get mayBeRunning(): boolean {
    return this.state !== 'idle' && this.reading?.decoder.outcome === undefined;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    if (this.state === 'idle') this.start();
    const batch = this.ready.shift();
    if (batch !== undefined) {
      if (this.ready.length === 0) this.resume();
      return Promise.resolve({ done: false, value: batch });
    }
    if (this.state === 'ended') return this.last();
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  return(): Promise<Step> {
    this.ready = [];
    this.finish();
    this.failure = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The reader may have left while the connection was being made.
    if (this.state === 'ended') controller.abort(new Error('The reader has left'));
    else this.controller = controller;
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.state === 'ended') return;
    this.reading = this.options.read(status, headers);
    this.watchForSilence();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const decoder = this.reading?.decoder;
    if (decoder === undefined || this.state === 'ended') return;
    const before = decoder.progress;
    const batch = decoder.push(chunk);
    if (decoder.progress !== before) this.timer?.refresh();
    if (batch.length > 0) this.deliver(batch, chunk.length, controller);
    if (decoder.outcome !== undefined) this.conclude();
  }

  onResponseEnd(): void {
    this.controller = undefined;
    clearTimeout(this.timer);
    const decoder = this.reading?.decoder;
    if (decoder === undefined || this.state === 'ended') return;
    const batch = decoder.end();
    if (batch.length > 0) this.deliver(batch, 0);
    this.conclude();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.controller = undefined;
    clearTimeout(this.timer);
    if (this.state !== 'ended') this.fail(toTransportFailure(error, this.reading !== undefined));
  }

  private start(): void {
    const { signal, dispatcher, request } = this.options;
    this.state = 'open';
    if (signal.aborted) {
      this.fail(signal.reason);
      return;
    }
    signal.addEventListener('abort', this.onAbort);
    try {
      dispatcher.dispatch(request, this);
    } catch (error) {
      this.fail(toTransportFailure(error, false));
    }
  }

  private readonly onAbort = (): void => {
    this.ready = [];
    this.fail(this.options.signal.reason);
  };

  private deliver(batch: Batch, bytes: number, controller?: Dispatcher.DispatchController): void {
    const waiting = this.waiting;
    if (waiting !== undefined) {
      this.waiting = undefined;
      waiting.resolve({ done: false, value: batch });
      return;
    }
    this.ready.push(batch);
    this.aheadBytes += bytes;
    if (this.aheadBytes > MAX_AHEAD_BYTES && controller !== undefined && !controller.paused) {
      controller.pause();
      // Our reader is silent now, not the upstream.
      clearTimeout(this.timer);
    }
  }

  private resume(): void {
    this.aheadBytes = 0;
    if (this.state !== 'open' || this.controller?.paused !== true) return;
    this.watchForSilence();
    this.controller.resume();
  }

  private watchForSilence(): void {
    if (this.reading === undefined) return;
    const { decoder, idleTimeoutMs } = this.reading;
    this.timer = setTimeout(() => this.fail(decoder.onSilence()), idleTimeoutMs);
  }

  /** The decoder knows the outcome. */
  private conclude(): void {
    const outcome = this.reading?.decoder.outcome;
    if (outcome === undefined || outcome === 'done') this.finish(END_GRACE_MS);
    else this.fail(outcome, END_GRACE_MS);
  }

  private fail(error: unknown, graceMs = 0): void {
    this.failure ??= { error };
    this.finish(graceMs);
  }

  private finish(graceMs = 0): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.options.signal.removeEventListener('abort', this.onAbort);
    clearTimeout(this.timer);
    this.letGo(graceMs);
    const waiting = this.waiting;
    this.waiting = undefined;
    if (waiting !== undefined) this.last().then(waiting.resolve, waiting.reject);
  }

  private letGo(graceMs: number): void {
    const controller = this.controller;
    if (controller === undefined) return;
    const abort = () => controller.abort(new Error('The reader has left'));
    if (graceMs === 0) {
      abort();
      return;
    }
    if (controller.paused) controller.resume();
    this.timer = setTimeout(abort, graceMs).unref();
  }

  /** The last step, once: a failure is thrown to the first who asks. */
  private last(): Promise<Step> {
    const failure = this.failure;
    this.failure = undefined;
    if (failure === undefined) return Promise.resolve({ done: true, value: undefined });
    // What the upstream failed with is already an error; an abort's reason is whatever the caller gave.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return Promise.reject(failure.error);
  }
}
