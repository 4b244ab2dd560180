import type { AppError } from './app.error.js';
import { ERROR_CODES, type ErrorCode } from '../../contract/error-codes.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** The body of every error response: RFC 9457 with our `code`, `errorId` and the error's own public members. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path of the request, without its query. */
  readonly instance: string;
  readonly code: ErrorCode;
  /** The same id stands in the server's log. */
  readonly errorId: string;
  readonly [detail: string]: unknown;
}

/** Identifies the kind of problem; a URN, because it names something and leads nowhere. */
export function problemType(code: ErrorCode): string {
  return `urn:tollgate:problem:${code}`;
}

/** The document that a client gets for `error`. The error's details come first, so that none can hide a member of ours. */
export function toProblem(
  error: AppError,
  context: { readonly errorId: string; readonly instance: string },
): ProblemDocument {
  const { status, title } = ERROR_CODES[error.code];
  return {
    ...error.details,
    type: problemType(error.code),
    title,
    status,
    detail: error.publicMessage,
    instance: context.instance,
    code: error.code,
    errorId: context.errorId,
  };
}
