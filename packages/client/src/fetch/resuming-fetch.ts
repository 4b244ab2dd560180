import { pause } from '../http/pause.js';
import { randomId } from '../http/random-id.js';
import { retryDelay } from '../http/retry-delay.js';
import { FrameGroups } from './frame-groups.js';

const MAX_RETRIES = 8;

export interface ResumingFetchOptions {
  /** The platform's own by default. */
  readonly fetch?: typeof globalThis.fetch;
  /** Tries in a row that bring nothing new before the break is shown. 8 by default. */
  readonly maxRetries?: number;
  /** The connection was lost and is made again. @param attempt from 1 */
  readonly onReconnect?: (attempt: number) => void;
}

/**
 * A `fetch` for libraries that read an event stream once, as the AI SDK's transports do: when the connection breaks before the answer's end it is
 * made again, to whichever instance, and the stream goes on where it was, without gap or double. Each POST gets an `Idempotency-Key`, if it
 * has none, so that it is asked and paid once.
 *
 * Works with the routes whose frames have ids (`/api/chat`, `/predict/stream/store`). Everything else is passed through as it is: other
 * answers, bodies that cannot be sent twice. The signal of a request ends it at any time.
 */
export function resumingFetch(options: ResumingFetchOptions = {}): typeof globalThis.fetch {
  const ask = options.fetch ?? globalThis.fetch;
  return async (input, init = {}) => {
    const isRepeatable = typeof input !== 'object' || input instanceof URL;
    if (!isRepeatable || (init.body !== undefined && init.body !== null && typeof init.body !== 'string'))
      return ask(input, init);
    const headers = new Headers(init.headers);
    if (init.method?.toUpperCase() === 'POST' && !headers.has('idempotency-key'))
      headers.set('idempotency-key', randomId());
    const request = { ...init, headers };
    const response = await ask(input, request);
    if (response.status !== 200 || response.body === null || !isEventStream(response)) return response;
    const body = new ResumingBody(response.body, options, (lastId) => {
      if (lastId !== '') headers.set('last-event-id', lastId);
      return ask(input, request);
    }).stream(init.signal ?? undefined);
    const { status, statusText } = response;
    return new Response(body, { status, statusText, headers: response.headers });
  };
}

function isEventStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') === true;
}

/** The body of an answer over as many connections as it takes. */
class ResumingBody {
  private readonly groups = new FrameGroups();
  private readonly encoder = new TextEncoder();
  private reader: ReadableStreamDefaultReader<Uint8Array>;
  private failures = 0;

  constructor(
    first: ReadableStream<Uint8Array>,
    private readonly options: ResumingFetchOptions,
    private readonly askAgain: (lastId: string) => Promise<Response>,
  ) {
    this.reader = first.getReader();
  }

  stream(signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: async (controller) => {
        const text = await this.next(signal);
        if (text === undefined) controller.close();
        else controller.enqueue(this.encoder.encode(text));
      },
      cancel: (reason) => this.reader.cancel(reason),
    });
  }

  /** @returns undefined at the end @throws what broke the connection, when it cannot be mended */
  private async next(signal: AbortSignal | undefined): Promise<string | undefined> {
    for (;;) {
      const text = await this.read(signal);
      if (text === undefined) return undefined;
      if (text !== '') {
        this.failures = 0;
        return text;
      }
    }
  }

  private async read(signal: AbortSignal | undefined): Promise<string | undefined> {
    let broken: unknown;
    try {
      const { done, value } = await this.reader.read();
      if (!done) return this.groups.push(value);
      broken = new TypeError('The stream ended before the answer did.');
    } catch (error) {
      broken = error;
    }
    if (this.groups.isComplete) return undefined;
    signal?.throwIfAborted();
    if (broken instanceof RangeError) throw broken;
    return this.reconnect(broken, signal);
  }

  /** @returns '' with a new connection, undefined when there is nothing more */
  private async reconnect(broken: unknown, signal: AbortSignal | undefined): Promise<'' | undefined> {
    let retryAfterSeconds = 0;
    while (++this.failures <= (this.options.maxRetries ?? MAX_RETRIES)) {
      this.options.onReconnect?.(this.failures);
      await pause(retryDelay(this.failures, retryAfterSeconds), signal);
      let response: Response;
      try {
        response = await this.askAgain(this.groups.lastId);
      } catch {
        signal?.throwIfAborted();
        continue;
      }
      if (response.status === 204) return undefined;
      if (response.status === 200 && response.body !== null) {
        this.groups.restart();
        this.reader = response.body.getReader();
        return '';
      }
      retryAfterSeconds = Number(response.headers.get('retry-after')) || 0;
      await response.body?.cancel();
      if (response.status < 500 && response.status !== 429 && response.status !== 408) break;
    }
    throw broken;
  }
}
