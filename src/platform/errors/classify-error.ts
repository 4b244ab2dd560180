import { HttpException } from '@nestjs/common';
import { AppError } from './app.error.js';
import { errors } from './errors.js';
import { isStorageFailure } from './storage-failure.js';

/** What express and other middleware throw: the `http-errors` shape. Only its status is trusted, never the message. */
interface HttpError extends Error {
  readonly status: number;
}

/**
 * Turns whatever was thrown into the error that the client sees. Total: what it does not know is `internal`, whose text is
 * fixed and whose cause is for the log only. Messages of foreign errors never reach the client, because
 * they quote input, paths or queries.
 */
export function classifyError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof HttpException) return classifyHttpException(thrown);
  if (isHttpError(thrown)) return classifyHttpError(thrown);
  if (isStorageFailure(thrown)) return errors.storageUnavailable(thrown);
  return errors.internal(thrown);
}

function classifyHttpException(exception: HttpException): AppError {
  // Nest wraps what middleware threw; the original says more.
  if (isHttpError(exception.cause)) return classifyHttpError(exception.cause);
  return classifyStatus(exception.getStatus(), exception);
}

function classifyHttpError(error: HttpError): AppError {
  if (error instanceof URIError) return errors.validation([], 'The path is not a valid URL path.');
  return classifyStatus(error.status, error);
}

function classifyStatus(status: number, cause: Error): AppError {
  switch (status) {
    case 401:
      return errors.unauthenticated(undefined, cause);
    case 402:
    case 403:
      return errors.forbidden();
    case 404:
    case 405:
      return errors.notFound('This route');
    case 409:
      return errors.conflict('This conflicts with what exists.');
    case 413:
      return errors.payloadTooLarge(0);
    case 429:
      return errors.rateLimited(1, 'Too many requests.');
    default:
      return status >= 400 && status < 500
        ? errors.validation([], 'The request is not valid.')
        : errors.internal(cause);
  }
}

function isHttpError(value: unknown): value is HttpError {
  return value instanceof Error && 'status' in value && typeof value.status === 'number';
}
