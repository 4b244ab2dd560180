import { errors } from '../../platform/errors/errors.js';

const POSITION = /^\d{1,15}$/;

/**
 * Where a client wants to go on. `?after=` wins over `Last-Event-ID`, because a browser's EventSource keeps the latter
 * on its own.
 * @returns a position in the turn's log; 0 is its beginning
 * @throws AppError `validation_failed` when `?after=` is no position; a strange `Last-Event-ID` means the beginning
 */
export function resumePosition(after: string | undefined, lastEventId: string | undefined): number {
  if (after !== undefined) {
    if (POSITION.test(after)) return Number(after);
    throw errors.validation([{ field: 'after', message: 'must be the id of an event' }]);
  }
  return lastEventId !== undefined && POSITION.test(lastEventId.trim()) ? Number(lastEventId) : 0;
}
