import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { MessageEvent } from '@nestjs/common';
import type { Response } from 'express';
import { Observable, type Subscriber } from 'rxjs';
import { mayBypass } from '../../platform/http/bypasses.js';
import type { FrameSink } from '../turn/log/subscription.js';
import { EVENT_STREAM_HEADERS } from './event-stream-headers.js';
import { ResponseSink } from './response-sink.js';

/** What Nest pipes into a response of `@Sse()`; not among its exports. */
interface SseStream extends Readable {
  /** Sends status and headers, and an empty line, which is left out here. */
  commitHeaders(): void;
}

/** Begins to write to the sink; returns what stops it. */
type Follow = (sink: FrameSink) => () => void;

/**
 * A stream for `@Sse()`: Nest keeps guards, filters, status, headers, abort and teardown, and the frames go straight
 * to the response, as one write per flush with the socket's own backpressure.
 *
 * Why not emit them: Nest writes every event by itself (one system call each), never pauses the Observable, and drops
 * a client whose queue has grown; a cursor in the turn's log needs no queue. What is emitted is only the end.
 *
 * @param follow begins to write to the sink; returns what stops it, which is called exactly once when the stream has
 * ended or the client has left
 */
export function directSse(response: Response, follow: Follow): Observable<MessageEvent> {
  const sink = new DirectSink(response);
  return new Observable<MessageEvent>((subscriber) => {
    // Nest ends it behind the headers.
    if (response.req.method === 'HEAD') return undefined;
    sink.begin(subscriber, follow);
    return () => sink.finish();
  });
}

class DirectSink extends ResponseSink {
  private nest: SseStream | undefined;
  /** Whether the headers may go with the first frames; else these wait until Nest has sent them. */
  private readonly early: boolean;
  /** Whether the response is ended here, not through Nest's pipe. */
  private detached = false;
  private subscriber: Subscriber<MessageEvent> | undefined;
  private stop: (() => void) | undefined;
  private waiting: NodeJS.Immediate | undefined;

  constructor(response: Response) {
    super(response);
    beginWithoutEmptyLine(response);
    this.early = mayBypass(response, 'early-headers');
    // Nest pipes before it subscribes.
    response.once('pipe', (source: unknown) => (this.nest = source as SseStream));
  }

  begin(subscriber: Subscriber<MessageEvent>, follow: Follow): void {
    // Behind an interceptor the handler runs when Nest has piped already; then the headers come from Nest alone.
    if ((this.nest === undefined || !this.early) && !this.response.headersSent) {
      this.waiting = setImmediate(() => this.begin(subscriber, follow));
      return;
    }
    this.subscriber = subscriber;
    this.stop = follow(this);
    // An ended turn may have been written whole by now, before there was anything to stop.
    if (subscriber.closed) this.finish();
  }

  finish(): void {
    clearImmediate(this.waiting);
    this.stop?.();
    this.stop = undefined;
  }

  override write(frames: string, isLast = false): boolean {
    // Nest sends the headers a millisecond from now; what is there before takes them along, in one write.
    // What Nest ends, it ends in a later tick.
    return this.response.headersSent
      ? super.write(frames, isLast && this.detached)
      : this.writeWithHeaders(frames);
  }

  override end(): void {
    if (this.detached) this.response.end();
    this.subscriber?.complete();
  }

  /** What `commitHeaders` does, without the headers of Nest that ours take the place of: they are put together from three objects for each stream. */
  private sendHeaders(): void {
    const { nest, response } = this;
    if (nest === undefined) return;
    response.writeHead(response.statusCode, EVENT_STREAM_HEADERS);
    response.flushHeaders();
    nest.commitHeaders = sentAlready;
  }

  private writeWithHeaders(frames: string): boolean {
    return corked(this.response.socket, () => {
      this.sendHeaders();
      // An open stream does not keep the listeners of a pipe through which nothing comes: the comments that Nest sends to find clients that left
      // are our heartbeats' work.
      this.nest?.unpipe(this.response);
      this.nest = undefined;
      this.detached = true;
      return super.write(frames);
    });
  }
}

const sentAlready = (): void => undefined;

/**
 * What Nest sends by itself is the headers and then an empty line, which `@microsoft/fetch-event-source` takes for an empty message: the headers
 * become those of every event stream, and the line is left out.
 */
function beginWithoutEmptyLine(response: Response): void {
  const writeHead = response.writeHead.bind(response) as (status: number, headers?: object) => Response;
  const write = response.write.bind(response) as (...chunk: unknown[]) => boolean;
  // An error answer has set its headers one by one.
  const ourHead = (status: number, headers?: object): Response =>
    writeHead(status, headers && EVENT_STREAM_HEADERS);
  let begun = false;
  const ourWrite = (...chunk: unknown[]): boolean => {
    const isEmptyLine = !begun && chunk[0] === '\n';
    begun = true;
    return isEmptyLine || write(...chunk);
  };
  Object.assign(response, { writeHead: ourHead, write: ourWrite });
}

function corked<T>(socket: Socket | null, write: () => T): T {
  socket?.cork();
  try {
    return write();
  } finally {
    socket?.uncork();
  }
}
