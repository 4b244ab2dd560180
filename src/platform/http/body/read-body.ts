import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { BodyShare } from './body-budget.js';
import { BodyBytes } from './body-bytes.js';
import { errors } from '../../errors/errors.js';
import { inflaterOf } from './inflater.js';
import { unreadable } from './unreadable.js';

export interface BodyBounds {
  /** Of the inflated body. */
  readonly maxBytes: number;
  /** From the first look at it to its last byte. */
  readonly deadlineMs: number;
}

/** Looks at a body while it arrives. */
export interface BodyScanner {
  /** @throws AppError for what is wrong with it */
  scan(chunk: Buffer): void;
}

/**
 * Reads a body, refusing it at the first byte that is too much. However it ends, nothing of it is held afterwards, and what was not read
 * is still to be discarded by the caller.
 * @param share gets every byte that is held
 * @throws AppError of whatever is wrong with the body
 */
export function readBody(
  request: IncomingMessage,
  bounds: BodyBounds,
  share: BodyShare,
  scanner?: BodyScanner,
): Promise<Buffer> {
  if (Number(request.headers['content-length']) > bounds.maxBytes)
    return Promise.reject(errors.payloadTooLarge(bounds.maxBytes));
  const inflater = inflaterOf(request);
  const source: Readable = inflater ?? request;
  return new Promise((resolve, reject) => {
    const bytes = new BodyBytes(bounds.maxBytes);
    const settle = (): void => {
      clearTimeout(timer);
      source.off('data', onData).off('end', onEnd).off('error', onBroken);
      request.off('close', onClose);
      if (inflater === undefined) return;
      request.unpipe(inflater);
      // What it still has to say about a body that is not read any more interests nobody.
      inflater.on('error', () => undefined).destroy();
    };
    const fail = (error: Error): void => {
      settle();
      request.pause();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      try {
        share.take(chunk.length);
        scanner?.scan(chunk);
        bytes.add(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    const onEnd = (): void => {
      settle();
      // The inflater may be done before the request is.
      if (inflater !== undefined) request.resume();
      resolve(bytes.whole());
    };
    const onBroken = (): void => fail(unreadable('not whole'));
    const onClose = (): void => {
      if (!request.complete) fail(unreadable('not whole'));
    };
    const timer = setTimeout(() => {
      fail(errors.requestTimeout());
    }, bounds.deadlineMs);
    source.on('data', onData).on('end', onEnd).on('error', onBroken);
    request.on('close', onClose);
    if (inflater !== undefined) request.pipe(inflater);
  });
}
