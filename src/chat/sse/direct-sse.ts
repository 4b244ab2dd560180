import type { Socket } from 'node:net';
import type { MessageEvent } from '@nestjs/common';
import type { Response } from 'express';
import { Observable } from 'rxjs';
import type { FrameSink } from '../turn/subscription.js';
import { responseSink } from './response-sink.js';

/** What Nest pipes into a response of `@Sse()`; not among its exports. */
interface SseStream {
  /** Sends status and headers, and an empty line. */
  commitHeaders(): void;
}

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
export function directSse(
  response: Response,
  follow: (sink: FrameSink) => () => void,
): Observable<MessageEvent> {
  let nest: SseStream | undefined;
  // Nest pipes before it subscribes.
  response.once('pipe', (source: unknown) => (nest = source as SseStream));
  return new Observable<MessageEvent>((subscriber) => {
    // Nest ends it behind the headers.
    if (response.req.method === 'HEAD') return undefined;
    let stop: (() => void) | undefined;
    let waiting: NodeJS.Immediate | undefined;
    const sink = responseSink(response, () => subscriber.complete());
    const write = (frames: string): boolean => {
      // Nest sends the headers a millisecond from now; what is there before takes them along, in one write.
      return response.headersSent
        ? sink.write(frames)
        : corked(response.socket, () => {
            nest?.commitHeaders();
            return sink.write(frames);
          });
    };
    const finish = (): void => {
      clearImmediate(waiting);
      stop?.();
      stop = undefined;
    };
    const begin = (): void => {
      // Behind an interceptor the handler runs when Nest has piped already; then the headers come from Nest alone.
      if (nest === undefined && !response.headersSent) {
        waiting = setImmediate(begin);
        return;
      }
      stop = follow({ ...sink, write });
      // An ended turn may have been written whole by now, before there was anything to stop.
      if (subscriber.closed) finish();
    };
    begin();
    return finish;
  });
}

function corked<T>(socket: Socket | null, write: () => T): T {
  socket?.cork();
  try {
    return write();
  } finally {
    socket?.uncork();
  }
}
