import type { ProviderEvent } from '../../contract/chat-event.js';
import type { AppError } from '../../platform/errors/app.error.js';

/** How a response ended, as its content tells. */
export type DecodedEnd = 'done' | AppError;

/**
 * Turns the body of one response into events. Pure: it reads bytes, not sockets. Once `outcome` is set, nothing that
 * follows matters.
 */
export interface StreamDecoder {
  /** Set when the upstream said that it is done or has failed; never goes back to `undefined`. */
  readonly outcome: DecodedEnd | undefined;
  /** Whether the outcome is what the upstream itself said; a body that was cut says nothing. */
  readonly saidEnd: boolean;
  /**
   * Whether the answer is complete although the upstream may still say something about it, such as the tokens used: the body may end now in
   * whatever way. Absent: never before `outcome` is set.
   */
  readonly isComplete?: boolean;
  /** Grows whenever the upstream makes progress; heartbeats are none. */
  readonly progress: number;
  /** More of the body. Never throws. */
  push(chunk: Buffer): void;
  /** The body has ended. Afterwards `outcome` is set. Never throws. */
  end(): void;
  /** The events decoded since the last call, adjacent text merged; may be empty. */
  take(): readonly ProviderEvent[];
  /** What it means when there was no progress for too long. */
  onSilence(): AppError;
}
