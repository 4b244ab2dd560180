import type { ErrorCode } from '../../contract/error-codes.js';

/** `user`: the caller can mend it · `operational`: the surroundings failed · `unexpected`: a bug; its message is never shown. */
export type ErrorKind = 'user' | 'operational' | 'unexpected';

export interface AppErrorOptions {
  readonly kind?: ErrorKind;
  /** Whether the same request may succeed later without a change. */
  readonly retryable?: boolean;
  /** Seconds after which a retry makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Extra public members of the problem document, e.g. `{ required: 3, available: 1 }`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What really happened; goes to the log only. */
  readonly cause?: unknown;
}

/**
 * The base of every error that the product raises on purpose. It knows no HTTP: the exception filter and the
 * in-stream error event both read `code` and `publicMessage`.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param code stable code that clients switch on
   * @param publicMessage shown to the client as it is: no secrets, no internals
   */
  constructor(
    readonly code: ErrorCode,
    readonly publicMessage: string,
    options: AppErrorOptions = {},
  ) {
    super(publicMessage, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = options.kind ?? 'user';
    this.retryable = options.retryable ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.details = options.details ?? {};
  }
}
