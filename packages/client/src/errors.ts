/**
 * What can go wrong, as codes to switch on. The first group comes from the server (a problem document before the stream, or an `error`
 * event inside it), the second is found out by this client.
 */
export const TOLLGATE_ERROR_CODES = [
  'validation_failed',
  'unauthenticated',
  'insufficient_credits',
  'insufficient_key_credits',
  'account_disabled',
  'access_revoked',
  'chatflow_access_denied',
  'chatflow_disabled',
  'insufficient_scope',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'turn_in_progress',
  'turn_stopped',
  'conflict',
  'quota_exceeded',
  'parent_not_found',
  'payload_too_large',
  'idempotency_key_reused',
  'rate_limited',
  'headers_too_large',
  'internal',
  'upstream_failed',
  'upstream_unavailable',
  'overloaded',
  'turn_interrupted',
  'accounting_unavailable',
  'storage_unavailable',
  'upstream_timeout',

  'connection_failed',
  'event_timeout',
  'bad_response',
] as const;
export type TollgateErrorCode = (typeof TOLLGATE_ERROR_CODES)[number];

/** What the server says beside the message, for the codes that carry more than a message. */
export interface ProblemDetails {
  validation_failed: { readonly errors: readonly { readonly field: string; readonly message: string }[] };
  /** Credits that the turn costs, and credits that there are. */
  insufficient_credits: { readonly required: number; readonly available: number };
  /** The same of what the API key may spend. */
  insufficient_key_credits: { readonly required: number; readonly available: number };
  /** The turn that runs in the session; follow it with `chat.follow`. */
  turn_in_progress: { readonly turnId: string };
  payload_too_large: { readonly limitBytes: number };
  /** What there is too much of, and how much there may be; some has to be deleted first. */
  quota_exceeded: { readonly quota: 'sessions' | 'stored-bytes' | 'branches'; readonly limit: number };
}

type DetailsOf<Code extends TollgateErrorCode> = Code extends keyof ProblemDetails
  ? ProblemDetails[Code]
  : Readonly<Record<string, unknown>>;

export interface TollgateErrorOptions {
  /** HTTP status, when a response said so. */
  readonly status?: number;
  /** The same id stands in the server's log. */
  readonly errorId?: string;
  /** Seconds after which the server asks to try again. */
  readonly retryAfterSeconds?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  /** The turn that failed, when the error was part of its stream. */
  readonly turnId?: string;
  readonly cause?: unknown;
}

/**
 * The one error of this client, apart from the reason of an aborted signal. Switch on `code`, or narrow with {@link TollgateError.is}:
 * `if (error.is('insufficient_credits')) show(error.details.required)`.
 */
export class TollgateError extends Error {
  override readonly name = 'TollgateError';
  readonly status: number | undefined;
  readonly errorId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly turnId: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param message for people; the server's are safe to show */
  constructor(
    readonly code: TollgateErrorCode,
    message: string,
    options: TollgateErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.errorId = options.errorId;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.turnId = options.turnId;
    this.details = options.details ?? {};
  }

  /** Whether this is an error of that code; narrows `details`. */
  is<Code extends TollgateErrorCode>(
    code: Code,
  ): this is this & { readonly code: Code; readonly details: DetailsOf<Code> } {
    return this.code === code;
  }

  /** Whether the same request may succeed later without a change. */
  get isRetryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

const RETRYABLE: ReadonlySet<TollgateErrorCode> = new Set([
  'request_timeout',
  'rate_limited',
  'internal',
  'upstream_failed',
  'upstream_unavailable',
  'overloaded',
  'turn_interrupted',
  'accounting_unavailable',
  'storage_unavailable',
  'upstream_timeout',
  'connection_failed',
  'event_timeout',
  'bad_response',
]);

/** A code as this client knows it; a newer server's code becomes `internal` or `validation_failed` by its status. */
export function knownCode(code: unknown, status = 500): TollgateErrorCode {
  const known = TOLLGATE_ERROR_CODES.find((one) => one === code);
  if (known !== undefined) return known;
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 413) return 'payload_too_large';
  if (status === 429) return 'rate_limited';
  if (status === 502 || status === 503 || status === 504) return 'overloaded';
  return status >= 500 ? 'internal' : 'validation_failed';
}
