import type { ErrorCode } from '../../contract/error-codes.js';

/** What can keep a turn from starting, in every dialect. */
export const ADMISSION_PROBLEMS: ErrorCode[] = [
  'validation_failed',
  'unsupported_parameter',
  'unauthenticated',
  'insufficient_credits',
  'insufficient_key_credits',
  'chatflow_access_denied',
  'chatflow_disabled',
  'not_found',
  'turn_in_progress',
  'quota_exceeded',
  'payload_too_large',
  'idempotency_key_reused',
  'rate_limited',
  'overloaded',
  'upstream_unavailable',
  'accounting_unavailable',
];

/** What can go wrong with a turn that has started, in answers that are sent whole; a stream shows it inside. */
export const ANSWER_PROBLEMS: ErrorCode[] = [
  'upstream_failed',
  'upstream_timeout',
  'turn_stopped',
  'turn_interrupted',
];
