import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';

/**
 * What went wrong below HTTP. Before the headers nothing has been answered, so the upstream counts as unavailable;
 * after them an answer was cut.
 *
 * @param answered whether the response's headers had come
 */
export function toTransportFailure(error: unknown, answered: boolean): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || isTimeout(error)) {
    return errors.upstreamTimeout('The upstream did not begin to answer in time.', error);
  }
  if (answered) return errors.upstreamFailed('The upstream closed the stream before it was done.', error);
  // What is not HTTP, or not what it promised to be, is there but broken.
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_INVALID_ARG') {
    return errors.upstreamFailed(undefined, error);
  }
  return errors.upstreamUnavailable(undefined, error);
}

/** What `AbortSignal.timeout` aborts with. */
const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
