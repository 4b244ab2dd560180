import { errors } from '../../platform/errors/errors.js';
import type { EntryCursor } from './search-index.store.port.js';

/** Opaque: base64url, so that clients can't be tempted to build it. */
export function encodeSearchCursor({ at, id }: EntryCursor): string {
  return Buffer.from(JSON.stringify([at.getTime(), id])).toString('base64url');
}

/** @throws AppError `validation_failed` */
export function decodeSearchCursor(cursor: string): EntryCursor {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof id === 'string' && Number.isSafeInteger(at) && Math.abs(at as number) <= 8.64e15)
      return { at: new Date(at as number), id };
  } catch {
    // Said below.
  }
  throw errors.validation([{ field: 'after', message: 'must be a next_cursor of this list' }]);
}
