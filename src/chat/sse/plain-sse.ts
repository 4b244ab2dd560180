import type { Response } from 'express';
import type { FrameSink } from '../turn/subscription.js';
import { responseSink } from './response-sink.js';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // Without `no-transform` a compressing proxy would collect events; without the last, nginx would.
  'Cache-Control': 'no-cache, no-transform',
  'X-Accel-Buffering': 'no',
} as const;

export interface PlainSseOptions {
  /** Sent besides those that every event stream has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How a complete stream ends; by default as any response does. */
  readonly end?: (response: Response) => void;
}

/**
 * An event stream of exact bytes, for clients of other systems: nothing is written but the encoder's frames, where `@Sse()` begins with
 * an empty line. The handler takes `@Res()` and returns this promise, so that whatever is thrown before it is an
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
  const sink = responseSink(response, () => end(response));
  if (response.closed) {
    // The client left during admission. The turn must still see a reader go, so that it knows that nobody watches.
    follow({ ...sink, write: () => true, end: () => undefined })();
    return;
  }
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  response.status(200).set({ ...HEADERS, ...headers });
  response.flushHeaders();
  const stop = follow({
    ...sink,
    // Between the loss of a connection and its `close` event a write would be an error.
    write: (frames) => response.destroyed || sink.write(frames),
  });
  try {
    await closed;
  } finally {
    stop();
  }
}

/**
 * Ends a stream the way a lost connection does: all frames arrive, then the client's reader fails. For clients that look
 * at nothing else to learn that an answer is not complete.
 */
export function breakOff(response: Response): void {
  response.socket?.end();
}
