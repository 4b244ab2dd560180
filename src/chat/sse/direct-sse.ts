import type { MessageEvent } from '@nestjs/common';
import type { Response } from 'express';
import { Observable } from 'rxjs';
import type { FrameSink } from '../turn/subscription.js';
import { responseSink } from './response-sink.js';

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
  return new Observable<MessageEvent>((subscriber) => {
    let stop: (() => void) | undefined;
    let pending: NodeJS.Immediate | undefined;
    const sink = responseSink(response, () => subscriber.complete());
    const beginBehindHeaders = (): void => {
      pending = undefined;
      if (!response.headersSent) {
        pending = setImmediate(beginBehindHeaders);
        return;
      }
      stop = follow(sink);
      // An ended turn may have been written whole by now, before there was anything to stop.
      if (subscriber.closed) stop();
    };
    // Nest sends the headers from a timer of its own when nothing has been emitted by then.
    pending = setImmediate(beginBehindHeaders);
    return () => {
      clearImmediate(pending);
      stop?.();
    };
  });
}
