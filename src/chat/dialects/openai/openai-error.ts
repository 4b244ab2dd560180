import { AppError } from '../../../platform/errors/app.error.js';
import { ERROR_CODES, type ErrorCode } from '../../../contract/error-codes.js';
import type { TurnError } from '../../../contract/chat-event.js';
import { retryAfter, type RetryAfter } from '../retry-after.js';

/** The `error` member that OpenAI's clients read, before the stream and inside it. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
};

/** @param code one of our codes; clients find it in `error.code` */
export function toOpenAiError(code: string, message: string, param: string | null = null): OpenAiError {
  const { status } = code in ERROR_CODES ? ERROR_CODES[code as ErrorCode] : ERROR_CODES.internal;
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error');
  return { message, type, param, code };
}

/** The same inside a stream, where no header can say when to come back. */
export function inStream(error: TurnError): OpenAiError & RetryAfter {
  return { ...toOpenAiError(error.code, error.message), ...retryAfter(error) };
}

/** The first wrong field of a refused request. */
export function paramOf(error: AppError): string | null {
  const fields = error.details.errors as readonly { readonly field: string }[] | undefined;
  return fields?.[0]?.field ?? null;
}

/**
 * OpenAI's clients repeat 409, 429 and 5xx twice by themselves. That is right for an upstream that failed, where nothing was charged;
 * whoever is out of credits or rate should be told at once, and a stopped turn must not start again by itself.
 */
export function shouldNotRetry(error: AppError): boolean {
  return !error.retryable || error.code === 'rate_limited';
}
