import { errors } from '../../platform/errors/errors.js';

/** How Swagger describes the header of requests that may be repeats. */
export const REPEATED_FROM_HEADER = {
  name: 'Last-Event-ID',
  required: false,
  description:
    'Of a repeated request: the last event that was seen. It goes on behind that one, if it attaches to the turn that it started before.',
};

/** How Swagger describes where a stream goes on. No example: a form that is filled in with one would skip what nobody has seen. */
export const AFTER_QUERY = {
  name: 'after',
  required: false,
  schema: { type: 'string' as const, pattern: '^\\d{1,15}$' },
  description: 'Id of the last event that was seen. Wins over `Last-Event-ID`.',
};

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

/**
 * Where the answer to a request that starts turns begins: clients like `@microsoft/fetch-event-source` repeat it with the last id that they have
 * seen. A turn that has just begun begins at its beginning, whatever a client has seen of others.
 */
export function repeatedFrom({ attached }: { readonly attached: boolean }, lastEventId?: string): number {
  return attached ? resumePosition(undefined, lastEventId) : 0;
}
