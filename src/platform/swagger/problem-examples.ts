import type { AppError } from '../errors/app.error.js';
import type { ErrorCode } from '../../contract/error-codes.js';
import { errors } from '../errors/errors.js';
import { JSON_BODY_BYTES } from '../http/body/body-gate.js';
import { toProblem, type ProblemDocument } from '../errors/problem.js';

const EXAMPLE_TURN_ID = '0199a1c2-3333-7abc-8def-000000000003';
const RETRY_AFTER_SECONDS = 12;

/** One real error per code, made by the factories that the product itself uses. */
const EXAMPLES: Readonly<Record<ErrorCode, AppError>> = {
  validation_failed: errors.validation([{ field: 'question', message: 'should not be empty' }]),
  unsupported_parameter: errors.unsupportedParameter('tools'),
  unauthenticated: errors.unauthenticated(),
  insufficient_credits: errors.insufficientCredits(3, 1),
  insufficient_key_credits: errors.insufficientKeyCredits(3, 1),
  account_disabled: errors.accountDisabled(),
  access_revoked: errors.accessRevoked(),
  chatflow_access_denied: errors.chatflowAccessDenied(),
  chatflow_disabled: errors.chatflowDisabled(),
  insufficient_scope: errors.insufficientScope(['chat']),
  forbidden: errors.forbidden(),
  not_found: errors.notFound('This'),
  method_not_allowed: errors.methodNotAllowed(['GET', 'HEAD', 'OPTIONS']),
  request_timeout: errors.requestTimeout(),
  turn_in_progress: errors.turnInProgress(EXAMPLE_TURN_ID),
  turn_stopped: errors.turnStopped(),
  parent_not_found: errors.parentNotFound(),
  conflict: errors.conflict('This exists already.'),
  quota_exceeded: errors.quotaExceeded('sessions', 10_000),
  payload_too_large: errors.payloadTooLarge(JSON_BODY_BYTES),
  idempotency_key_reused: errors.idempotencyKeyReused(),
  rate_limited: errors.rateLimited(RETRY_AFTER_SECONDS),
  headers_too_large: errors.headersTooLarge(),
  internal: errors.internal(undefined),
  upstream_failed: errors.upstreamFailed(),
  upstream_unavailable: errors.upstreamUnavailable(),
  overloaded: errors.overloaded(),
  turn_interrupted: errors.turnInterrupted(),
  accounting_unavailable: errors.accountingUnavailable(),
  storage_unavailable: errors.storageUnavailable(),
  upstream_timeout: errors.upstreamTimeout(),
};

const EXAMPLE_CONTEXT = { errorId: '0199a1c2-2222-7abc-8def-000000000002', instance: '/path/of/the/request' };

/** The problem document that Swagger shows for `code`. */
export function problemExample(code: ErrorCode): ProblemDocument {
  return toProblem(EXAMPLES[code], EXAMPLE_CONTEXT);
}
