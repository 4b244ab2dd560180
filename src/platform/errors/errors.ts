import type { Quota } from '../../contract/error-codes.js';
import type { Scope } from '../../contract/principal.js';
import { AppError } from './app.error.js';

/** One field that failed validation; `field` is the path as the client wrote it. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

const QUOTA_MESSAGES: Readonly<Record<Quota, (limit: number) => string>> = {
  sessions: (limit) => `You have ${limit} sessions: delete some first.`,
  'stored-bytes': (limit) => `You have ${limit} bytes stored: delete some sessions first.`,
  branches: (limit) =>
    `This session was gone on with elsewhere than at its end ${limit} times: ask at its end.`,
};

const retryable = { kind: 'operational', retryable: true } as const;

/** Factories for the errors of the product, one per code, so that a code's text and kind are decided once. */
export const errors = {
  validation: (fields: readonly FieldError[], detail = 'The request has invalid fields.') =>
    new AppError('validation_failed', detail, { details: { errors: fields } }),
  /** Something that the answer would have to keep to, and that this chatflow's clients may not ask for. @param param as the client calls it */
  unsupportedParameter: (param: string) =>
    new AppError('unsupported_parameter', `${param} is not supported by this chatflow.`, {
      details: { errors: [{ field: param, message: 'is not supported by this chatflow' }] },
    }),
  unauthenticated: (detail = 'Send a valid access token or API key.', cause?: unknown) =>
    new AppError('unauthenticated', detail, { cause }),
  insufficientCredits: (required: number, available: number) =>
    new AppError('insufficient_credits', `This costs ${required} credits; ${available} are available.`, {
      details: { required, available },
    }),
  /** @param left of the key's cap */
  insufficientKeyCredits: (required: number, left: number) =>
    new AppError(
      'insufficient_key_credits',
      `This costs ${required} credits; ${Math.max(0, left)} are left of what the API key may spend.`,
      { details: { required, available: Math.max(0, left) } },
    ),
  accountDisabled: () => new AppError('account_disabled', 'This account is disabled: ask an administrator.'),
  /** In the middle of an answer. */
  accessRevoked: () => new AppError('access_revoked', 'Your access was taken away while this was answered.'),
  chatflowAccessDenied: () => new AppError('chatflow_access_denied', 'You may not use this chatflow.'),
  chatflowDisabled: () =>
    new AppError('chatflow_disabled', 'This chatflow is disabled: nothing can be asked of it for now.'),
  /** An API key that is not for this. @param accepted any of which would do */
  insufficientScope: (accepted: readonly Scope[]) =>
    new AppError('insufficient_scope', `This needs an API key with the scope ${accepted.join(' or ')}.`, {
      details: { scopes: accepted },
    }),
  forbidden: (detail = 'You may not do this.') => new AppError('forbidden', detail),
  notFound: (what: string) => new AppError('not_found', `${what} was not found.`),
  methodNotAllowed: (methods: readonly string[]) =>
    new AppError('method_not_allowed', `This path has ${methods.join(', ')} only.`),
  /** A body, or the headers, that did not arrive in time. */
  requestTimeout: () =>
    new AppError('request_timeout', 'The request did not arrive in time.', { retryable: true }),
  headersTooLarge: () => new AppError('headers_too_large', 'The headers of the request are too large.'),
  /** Also a question, which nothing can follow but its answer. */
  parentNotFound: () =>
    new AppError('parent_not_found', 'The session has no such answer for a question to follow.'),
  conflict: (detail: string) => new AppError('conflict', detail),
  /** Nothing that goes by waiting: something has to be deleted first. @param what for the problem's `quota` */
  quotaExceeded: (what: Quota, limit: number) =>
    new AppError('quota_exceeded', QUOTA_MESSAGES[what](limit), {
      details: { quota: what, limit },
    }),
  turnInProgress: (turnId: string) =>
    new AppError(
      'turn_in_progress',
      'This session has a running turn. Follow it, stop it or wait for its end.',
      {
        details: { turnId },
      },
    ),
  payloadTooLarge: (limitBytes: number) =>
    new AppError('payload_too_large', `The body is larger than ${limitBytes} bytes.`, {
      details: { limitBytes },
    }),
  idempotencyKeyReused: () =>
    new AppError('idempotency_key_reused', 'This Idempotency-Key was used with another request body.'),
  rateLimited: (retryAfterSeconds: number, detail = 'Too many turns in this minute.') =>
    new AppError('rate_limited', detail, { retryAfterSeconds, retryable: true }),
  upstreamFailed: (detail = 'The upstream failed to answer.', cause?: unknown) =>
    new AppError('upstream_failed', detail, { ...retryable, cause }),
  upstreamUnavailable: (
    detail = 'The upstream cannot be reached.',
    cause?: unknown,
    retryAfterSeconds?: number,
  ) => new AppError('upstream_unavailable', detail, { ...retryable, cause, retryAfterSeconds }),
  upstreamTimeout: (detail = 'The upstream took too long to answer.', cause?: unknown) =>
    new AppError('upstream_timeout', detail, { ...retryable, cause }),
  overloaded: (retryAfterSeconds = 2) =>
    new AppError('overloaded', 'The server runs as many turns as it can.', {
      ...retryable,
      retryAfterSeconds,
    }),
  tooManyLogins: (retryAfterSeconds: number) =>
    new AppError('overloaded', 'The server checks as many passwords as it can.', {
      ...retryable,
      retryAfterSeconds,
    }),
  /** Somebody else takes an admin's role at the same time, or died in the midst of it: nothing was done. */
  userBeingChanged: () =>
    new AppError('overloaded', 'The user is being changed by somebody else: try again.', {
      ...retryable,
      retryAfterSeconds: 2,
    }),
  tooManyResets: (retryAfterSeconds: number) =>
    new AppError('overloaded', 'The server has as many mails to send as it can.', {
      ...retryable,
      retryAfterSeconds,
    }),
  /** Bodies that arrive at once, of one client address. */
  tooManyBodiesOfAddress: (retryAfterSeconds = 2) =>
    new AppError('rate_limited', 'Too much is being sent from this address at once.', {
      retryable: true,
      retryAfterSeconds,
    }),
  /** Bodies that arrive at once, of everybody. */
  tooManyBodies: (retryAfterSeconds = 2) =>
    new AppError('overloaded', 'The server receives as much as it can hold.', {
      ...retryable,
      retryAfterSeconds,
    }),
  /** A chatflow that runs as many turns as it may, and has no room for who would wait. */
  chatflowBusy: (retryAfterSeconds: number) =>
    new AppError('overloaded', 'This chatflow answers as many questions as it can. Ask again in a moment.', {
      ...retryable,
      retryAfterSeconds,
    }),
  /** Of several instances the one that a turn runs on; the same request may reach it by another way. */
  instanceUnreachable: (retryAfterSeconds = 2) =>
    new AppError('overloaded', 'The instance that runs this turn cannot be reached.', {
      ...retryable,
      retryAfterSeconds,
    }),
  /** New turns while the server drains; another instance, or this one after its restart, will take them. */
  shuttingDown: (retryAfterSeconds = 5) =>
    new AppError('overloaded', 'The server is shutting down.', { ...retryable, retryAfterSeconds }),
  turnStopped: () => new AppError('turn_stopped', 'The turn was stopped.'),
  turnInterrupted: () =>
    new AppError(
      'turn_interrupted',
      'The answer was interrupted before it was complete. Resume to see what was kept, or ask again.',
      { ...retryable, retryAfterSeconds: 5 },
    ),
  accountingUnavailable: (cause?: unknown) =>
    new AppError('accounting_unavailable', 'The accounting service cannot be reached.', {
      ...retryable,
      cause,
      retryAfterSeconds: 5,
    }),
  /** The database is away or full: what was stored is still there, and the same request may succeed later. */
  storageUnavailable: (cause?: unknown) =>
    new AppError('storage_unavailable', 'The database cannot be reached, or has no room.', {
      ...retryable,
      cause,
      retryAfterSeconds: 5,
    }),
  internal: (cause: unknown) =>
    new AppError('internal', 'Something went wrong on our side.', { kind: 'unexpected', cause }),
} as const;
