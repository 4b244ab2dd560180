import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { unreadable } from './unreadable.js';

const INFLATERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** What inflates the body of a request; `undefined` when it is as it is. @throws AppError for an encoding that is not known */
export function inflaterOf(request: Pick<IncomingMessage, 'headers'>): Transform | undefined {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return undefined;
  const create = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding] : undefined;
  if (create === undefined) throw unreadable('unknown encoding');
  return create();
}
