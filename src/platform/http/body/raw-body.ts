import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from '../../errors/errors.js';
import { continueIfAwaited } from './expect-continue.js';
import { lingerAfterAnswer } from './linger.js';
import { unreadable } from './unreadable.js';

/**
 * Gives a request's body to `take` as it comes, and no faster than it is taken. A body that is refused is not read to its end: the answer reaches its client all
 * the same.
 * @param maxBytes of the body as it is sent
 * @throws AppError `payload_too_large`, `validation_failed` for an encoding or a body that is not whole, or whatever `take` throws
 */
export async function takeRawBody<T>(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  take: (bytes: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  try {
    const { 'content-encoding': encoding = 'identity', 'content-length': length } = request.headers;
    if (encoding.toLowerCase() !== 'identity') throw unreadable('unknown encoding');
    if (Number(length) > maxBytes) throw errors.payloadTooLarge(maxBytes);
    continueIfAwaited(request, response);
    return await take(bounded(request, maxBytes));
  } catch (error) {
    if (!request.complete) lingerAfterAnswer(request, response);
    throw error;
  }
}

async function* bounded(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  // The request outlives a reader that gives up: its answer still has to go out.
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > maxBytes) throw errors.payloadTooLarge(maxBytes);
      yield piece;
    }
  } catch (error) {
    if (request.destroyed && !request.complete) throw unreadable('not whole');
    throw error;
  }
  if (!request.complete) throw unreadable('not whole');
}
