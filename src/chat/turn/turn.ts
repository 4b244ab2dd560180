import type { OnDisconnect } from '../../chatflows/chatflow.js';
import type { ErrorCode } from '../../platform/errors/error-codes.js';
import type { ProviderName } from '../../upstream/chat-provider.port.js';
import type { TurnOutcome, Usage } from '../events/chat-event.js';
import type { StoredAnswer } from './stored-answer.js';

export type TurnStatus = 'running' | TurnOutcome;

/** Who may write a running turn. `fence` counts up with every change of owner; a write with an old fence has no effect. */
export interface Lease {
  readonly owner: string;
  readonly fence: number;
  readonly expiresAt: Date;
}

/** What went wrong, as the client may see it. */
export interface PublicError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** How the streaming went. Times in milliseconds. */
export interface TurnMeasures {
  readonly firstTokenMs?: number;
  /** Text events of the upstream, adjacent ones of one read counted as one. */
  readonly textEvents: number;
  readonly characters: number;
  readonly repairedEvents: number;
  /** From the first to the last text. */
  readonly streamedMs?: number;
  /** As the upstream counts tokens, or else four characters as one. */
  readonly tokensPerSecond?: number;
  /** Silences between two reads with text; absent when there was only one. */
  readonly longestGapMs?: number;
  readonly medianGapMs?: number;
  /** Upstream calls beyond the first, all before any content. */
  readonly retries?: number;
  /** Whether the chatflow's fallback was asked. */
  readonly fellBack?: boolean;
}

/**
 * The decision about a turn, written before any of its steps: whoever finds it can finish it. `position` is the log's
 * position before the turn's last events.
 */
export interface Settlement {
  readonly outcome: TurnOutcome;
  readonly charge: 'capture' | 'release';
  /** Whether the turn's messages are stored. */
  readonly stores: boolean;
  /** What is to be stored; dropped once the messages hold it. */
  readonly answer?: StoredAnswer;
  readonly error?: PublicError;
  readonly usage?: Omit<Usage, 'type'>;
  readonly measures: TurnMeasures;
  readonly position: number;
  readonly endedAt: Date;
}

/** What a turn is from its first moment on. */
export interface TurnOpening {
  readonly id: string;
  readonly tenantId: string;
  readonly userId: string;
  /** The credit account that pays. */
  readonly accountId: string;
  readonly sessionId: string;
  readonly chatflowId: string;
  readonly provider: ProviderName;
  readonly question: string;
  /** Credits held, copied from the chatflow with its version. */
  readonly price: number;
  readonly chatflowVersion: number;
  readonly chargeOnStop: boolean;
  readonly onDisconnect: OnDisconnect;
  readonly idempotencyKey?: string;
  /** Hash of the request body, to tell a retry from another request under the same key. */
  readonly requestHash?: string;
  readonly userMessageId: string;
  readonly messageId: string;
  readonly startedAt: Date;
}

/** A turn as it is stored. */
export interface TurnRecord extends TurnOpening {
  readonly status: TurnStatus;
  /** Present while the turn runs. */
  readonly lease?: Lease;
  /** The write-ahead record. */
  readonly settlement?: Settlement;
  /** Credits taken; present once the turn has ended. */
  readonly charged?: number;
  /** How many messages its session had when it was opened, if that is known; only in the process that opened it. */
  readonly messagesBefore?: number;
}
