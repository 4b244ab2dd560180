import type { Response } from 'express';
import { SILENT_SINK, type FrameSink } from '../turn/log/subscription.js';
import { EVENT_STREAM_HEADERS } from './event-stream-headers.js';
import { ResponseSink } from './response-sink.js';

export interface PlainSseOptions {
  /** Sent besides those that every event stream has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How a complete stream ends; by default as any response does. */
  readonly end?: (response: Response) => void;
}

/**
 * An event stream of exact bytes, for clients of other systems: nothing is written but the encoder's frames. The handler takes `@Res()` and returns this promise, so that whatever is thrown before it is an
 * ordinary answer of the exception filter.
 *
 * @param follow begins to write to the sink; returns what stops it, which is called exactly once
 * @returns resolves when the connection is closed, whoever closed it
 */
export async function plainSse(
  response: Response,
  follow: (sink: FrameSink) => () => void,
  { headers = {}, end = (open) => open.end() }: PlainSseOptions = {},
): Promise<void> {
  if (response.closed) {
    // The client left during admission. The turn must still see a reader go, so that it knows that nobody watches.
    follow(SILENT_SINK)();
    return;
  }
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  response.status(200).set({ ...EVENT_STREAM_HEADERS, ...headers });
  response.flushHeaders();
  const stop = follow(new PlainSink(response, end));
  try {
    await closed;
  } finally {
    stop();
  }
}

class PlainSink extends ResponseSink {
  constructor(
    response: Response,
    private readonly endResponse: (response: Response) => void,
  ) {
    super(response);
  }

  override write(frames: string, isLast = false): boolean {
    // Between the loss of a connection and its `close` event a write would be an error.
    return this.response.destroyed || super.write(frames, isLast);
  }

  override end(): void {
    this.endResponse(this.response);
  }
}

/**
 * Ends a stream the way a lost connection does: all frames arrive, then the client's reader fails. For clients that look
 * at nothing else to learn that an answer is not complete.
 */
export function breakOff(response: Response): void {
  response.socket?.end();
}
