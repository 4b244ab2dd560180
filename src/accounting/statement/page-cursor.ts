import { errors } from '../../platform/errors/errors.js';
import type { TransactionPosition } from '../ledger/credit-transaction.store.port.js';

/** Makes the opaque `next_cursor` of a list of transactions. */
export function encodeCursor({ createdAt, id }: TransactionPosition): string {
  return Buffer.from(JSON.stringify([createdAt.getTime(), id])).toString('base64url');
}

/** @throws AppError `validation_failed` for anything that `encodeCursor` did not make */
export function decodeCursor(cursor: string): TransactionPosition {
  const position = parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (position === undefined || encodeCursor(position) !== cursor) {
    throw errors.validation([{ field: 'after', message: 'is not a cursor of this list' }]);
  }
  return position;
}

function parse(text: string): TransactionPosition | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const [time, id] = value as unknown[];
  const createdAt = new Date(typeof time === 'number' ? time : Number.NaN);
  if (Number.isNaN(createdAt.getTime()) || typeof id !== 'string') return undefined;
  return { createdAt, id };
}
