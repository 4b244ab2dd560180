import type { TurnError } from '../../contract/chat-event.js';

/** What an error frame says of the time to wait. */
export interface RetryAfter {
  readonly retryAfterSeconds?: number;
}

/**
 * When the upstream is willing again, as a member of whatever shows a failure inside a stream: there is no header to say it any more. Every
 * format has it under this name, in the place that its clients keep members in that they don't know. Empty when the upstream has not said it.
 */
export function retryAfter({ retryAfterSeconds }: Pick<TurnError, 'retryAfterSeconds'>): RetryAfter {
  return retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
}
