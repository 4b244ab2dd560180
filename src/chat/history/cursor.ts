import { errors } from '../../platform/errors/errors.js';
import type { SessionCursor } from '../records/history.store.port.js';

const invalid = (): Error =>
  errors.validation([{ field: 'after', message: 'must be a next_cursor of this list' }]);

/** Opaque cursors: base64url, so that clients can't be tempted to build them. */
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
  } catch {
    throw invalid();
  }
}

export const encodeSessionCursor = ({ updatedAt, id }: SessionCursor): string =>
  encode([updatedAt.getTime(), id]);

/** @throws AppError `validation_failed` */
export function decodeSessionCursor(cursor: string): SessionCursor {
  const value = decode(cursor);
  if (!Array.isArray(value) || !Number.isSafeInteger(value[0]) || typeof value[1] !== 'string')
    throw invalid();
  return { updatedAt: new Date(value[0] as number), id: value[1] };
}

export const encodeMessageCursor = (position: number): string => encode(position);

/** @throws AppError `validation_failed` */
export function decodeMessageCursor(cursor: string): number {
  const value = decode(cursor);
  if (!Number.isSafeInteger(value)) throw invalid();
  return value as number;
}
