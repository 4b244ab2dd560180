import { AppError } from '../../platform/errors/app-error.js';
import { HttpStatusError } from '../http/http-status-error.js';

/**
 * Whether the same call may succeed in a moment: no connection, 429, 5xx, a stream that broke. Not after a time-out: whoever
 * took too long has enough to do, and the turn's time is limited.
 */
export function isWorthRetrying(error: unknown): error is AppError {
  return error instanceof AppError && error.retryable && error.code !== 'upstream_timeout';
}

/**
 * Whether a failure says something about the server and not only about one flow of it: it cannot be reached, takes too
 * long, refuses for overload or answers with 5xx. An error inside an answer does not: the server works, one flow is broken.
 */
export function countsAgainstServer(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.code === 'upstream_unavailable' || error.code === 'upstream_timeout') return error.retryable;
  return error.cause instanceof HttpStatusError && error.cause.status >= 500;
}
