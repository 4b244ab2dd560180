import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { CallReach } from '../chat-provider.port.js';
import type { StreamDecoder } from './stream-decoder.port.js';

/** How a response is to be read. */
export interface ResponseReading {
  readonly decoder: StreamDecoder;
  /** What the response's beginning says about the call. */
  readonly reach: CallReach;
  /** Longest time without progress, in milliseconds. */
  readonly idleTimeoutMs: number;
}

export interface EventStreamOptions {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.DispatchOptions;
  readonly signal: AbortSignal;
  /** Longest time from the first read to the response's headers, in milliseconds. */
  readonly headersTimeoutMs: number;
  /**
   * How long the response is still read after the signal has aborted, in milliseconds, to learn whether the upstream ends it by itself;
   * its events are dropped. Absent: not at all.
   */
  readonly lingerMs?: number;
  /** Whether undici's copy of the response's headers stays as long as the response does. */
  readonly keepsRawHeaders?: boolean;
  /** Chooses the decoder when the headers have come. @throws AppError when the response is no answer */
  readonly read: (status: number, headers: IncomingHttpHeaders) => ResponseReading;
}
