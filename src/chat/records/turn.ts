import type { AskingKey } from '../../accounting/credit-ledger.port.js';
import type { ChargeRules, OnDisconnect } from '../../chatflows/chatflow.js';
import type { ErrorCode } from '../../contract/error-codes.js';
import type { OpenQuestion } from '../../upstream/chat-provider.port.js';
import type { ProviderName } from '../../contract/provider.js';
import type { AttachmentRef } from './attachment.js';
import type { SessionPlace } from './session-place.js';
import type { FinishReason, TurnOutcome, Usage } from '../../contract/chat-event.js';
import type { StoredAnswer } from './stored-answer.js';

export type TurnStatus = 'running' | TurnOutcome;

/** That of whoever opened the turn. */
export const FIRST_FENCE = 1;

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
  /** When the upstream is willing again, as it has said. */
  readonly retryAfterSeconds?: number;
}

/** How the streaming went. Times in milliseconds. */
export interface TurnMeasures {
  readonly firstTokenMs?: number;
  /** Text events of the upstream, adjacent ones of one read counted as one. */
  readonly textEvents: number;
  readonly characters: number;
  readonly repairedEvents: number;
  readonly droppedEvents?: number;
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
  /** Absent in those of before it was kept. */
  readonly finishReason?: FinishReason;
  readonly charge: 'capture' | 'release';
  /** Whether the turn's messages are stored. */
  readonly stores: boolean;
  /** What was said. Dropped once the messages hold it; a turn that is not stored as messages keeps it. */
  readonly answer?: StoredAnswer;
  /** Of the stored text: base64url of its SHA-256. It stays when the text is deleted. */
  readonly answerHash?: string;
  /** What the turn counts of its user's stored bytes. Absent in those of before it was counted. */
  readonly storedBytes?: number;
  readonly error?: PublicError;
  readonly usage?: Omit<Usage, 'type'>;
  readonly measures: TurnMeasures;
  readonly position: number;
  readonly endedAt: Date;
  /** The question to a human with which it has ended: an answer to it goes on with that run. */
  readonly asks?: OpenQuestion;
  /** Set when an upstream may remember of the session what is not shown in it; those memories are not gone on with. */
  readonly spends?: SpentMemory;
}

/** Which of a session's upstream memories hold something else than its messages: all but one, or all. */
export interface SpentMemory {
  /** Id of the conversation that is as it should be. */
  readonly except?: string;
}

/** Which answer a turn makes anew. */
export interface Regeneration {
  /** The answer's message; absent: the last that was given to the same question. */
  readonly messageId?: string;
}

/** A wish to end a turn, written on it for whichever instance runs it. */
export interface StopRequest {
  readonly at: Date;
  /** Absent: somebody who may has asked for it. */
  readonly reason?: 'access-revoked';
}

/** What a turn is from its first moment on. */
export interface TurnOpening {
  readonly id: string;
  readonly tenantId: string;
  readonly userId: string;
  /** The credit account that pays. */
  readonly accountId: string;
  /** The API key with which it was asked; absent: with a sign-in. */
  readonly apiKey?: AskingKey;
  readonly sessionId: string;
  readonly chatflowId: string;
  readonly provider: ProviderName;
  readonly question: string;
  /** Credits held, copied from the chatflow with its version. */
  readonly price: number;
  readonly chatflowVersion: number;
  readonly chargeOnStop: boolean;
  readonly chargeOn?: ChargeRules;
  readonly onDisconnect: OnDisconnect;
  /** Hash of the `Idempotency-Key`. */
  readonly keyHash?: string;
  /** Hash of the request, to tell a repeat of it from another one. */
  readonly requestHash: string;
  /** The same, for turns of clients that repeat their requests by themselves and say so: a repeat is looked up by it. */
  readonly repeatHash?: string;
  /** Present when the turn makes the answer of an earlier one anew. */
  readonly regenerates?: Regeneration;
  /** The answer that its question is to follow, `null` for none; absent: the end of the branch that was asked last. */
  readonly follows?: string | null;
  /** The message that its answer goes on with, where clients show both as one. */
  readonly continues?: string;
  /** Files of the question that are kept. */
  readonly attachments?: readonly AttachmentRef[];
  readonly userMessageId: string;
  readonly messageId: string;
  /** Where it stands in its trace, as W3C Trace Context writes that; there when it is traced. */
  readonly traceparent?: string;
  readonly startedAt: Date;
}

/** A turn as it is stored. */
export interface TurnRecord extends TurnOpening {
  /** `deletion`: no turn but the deletion of its session, which keeps turns out of it as a running one does. */
  readonly kind?: 'deletion';
  readonly status: TurnStatus;
  /** Present while the turn runs. */
  readonly lease?: Lease;
  /** The write-ahead record. */
  readonly settlement?: Settlement;
  /** Credits taken; present once the turn has ended. */
  readonly charged?: number;
  /** Credits of these that were given back since. */
  readonly refunded?: number;
  /** Of a turn that has ended: the position of its first message in the session; of one that left none, that behind the message it follows. */
  readonly position?: number;
  /** Of a turn that has ended without messages: the message that its question follows, if any. */
  readonly parentId?: string;
  /** Until when somebody watches it from any instance; renewed as long as that is so. */
  readonly watchedUntil?: Date;
  readonly stopRequested?: StopRequest;
  /** The client that asked was cut off before the end was sent, and has not got it since; only for clients that can only ask again. */
  readonly cutOff?: boolean;
  /** Somebody was told of it while it ran, besides whoever asked for it: it cannot be undone any more. Not written where it is known to have begun. */
  readonly isTold?: boolean;
  /** Its session was deleted, and with it everything that was said. To its owner there is no such turn. */
  readonly deletedAt?: Date;
  /** Where it stands in its session; only in the process that opened it. */
  readonly sessionPlace?: SessionPlace;
}
