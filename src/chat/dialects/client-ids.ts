import { errors } from '../../platform/errors/errors.js';
import { isSessionId, SESSION_ID_MESSAGE } from './session-id.js';

/**
 * An id that a client chose for its session, under whatever name its own format has for one.
 * @returns undefined when there is none: absent, null or empty
 * @throws AppError `validation_failed` naming `field` when it can't be an id of ours
 */
export function sessionIdFrom(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (isSessionId(id)) return id;
  throw errors.validation([{ field, message: SESSION_ID_MESSAGE }]);
}

/**
 * The question of a turn, for formats whose DTO can't say what makes it one.
 * @throws AppError `validation_failed` naming `field` when it is blank
 */
export function questionFrom(text: string, field: string): string {
  if (/\S/.test(text)) return text;
  throw errors.validation([{ field, message: 'must not be blank' }]);
}
