/**
 * The stable codes of every error a client can see, with the HTTP status and the title its problem document carries.
 * Clients switch on `code`; a code never changes its meaning.
 */
export const ERROR_CODES = {
  validation_failed: { status: 400, title: 'The request is not valid' },
  unsupported_parameter: { status: 400, title: 'A parameter is not supported' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  insufficient_credits: { status: 402, title: 'Not enough credits' },
  insufficient_key_credits: { status: 402, title: 'The API key has spent its credits' },
  account_disabled: { status: 403, title: 'The account is disabled' },
  access_revoked: { status: 403, title: 'Access was taken away' },
  chatflow_access_denied: { status: 403, title: 'Access to this chatflow is denied' },
  chatflow_disabled: { status: 403, title: 'This chatflow is disabled' },
  insufficient_scope: { status: 403, title: 'The API key lacks the scope for this' },
  forbidden: { status: 403, title: 'This is not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The path does not have this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  turn_in_progress: { status: 409, title: 'A turn is running in this session' },
  // Not 409, which the AI SDK repeats by itself: what was stopped must not begin again. Of the statuses that no library repeats it is the plainest.
  turn_stopped: { status: 400, title: 'The turn was stopped' },
  parent_not_found: { status: 409, title: 'The message to go on from is not there' },
  conflict: { status: 409, title: 'This conflicts with what exists' },
  quota_exceeded: { status: 409, title: 'The quota is used up' },
  payload_too_large: { status: 413, title: 'The request body is too large' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The request headers are too large' },
  internal: { status: 500, title: 'Internal error' },
  upstream_failed: { status: 502, title: 'The upstream failed' },
  upstream_unavailable: { status: 503, title: 'The upstream is unavailable' },
  overloaded: { status: 503, title: 'The server is overloaded' },
  turn_interrupted: { status: 503, title: 'The turn was interrupted' },
  accounting_unavailable: { status: 503, title: 'The accounting service is unavailable' },
  storage_unavailable: { status: 503, title: 'The database is unavailable' },
  upstream_timeout: { status: 504, title: 'The upstream took too long' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What there can be too much of, as the problem `quota_exceeded` names it. */
export const QUOTAS = ['sessions', 'stored-bytes', 'branches'] as const;
export type Quota = (typeof QUOTAS)[number];
