import { errors } from '../../platform/errors/errors.js';

/**
 * Opaque: base64url, so that clients can't be tempted to build it.
 * @param order behind which the next page begins
 */
export function encodeSearchCursor(order: number): string {
  return Buffer.from(JSON.stringify(order)).toString('base64url');
}

/** @throws AppError `validation_failed` */
export function decodeSearchCursor(cursor: string): number {
  try {
    const order: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Number.isSafeInteger(order)) return order as number;
  } catch {
    // Said below.
  }
  throw errors.validation([{ field: 'after', message: 'must be a next_cursor of this list' }]);
}
