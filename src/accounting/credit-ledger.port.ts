import type { PlannedWrite } from '../platform/planned-write.js';
import type { TurnOutcome } from '../contract/chat-event.js';

/** Kinds of ledger entry. Amounts are positive integers of credits, except for `adjust`, which may be negative. */
export const TRANSACTION_KINDS = ['grant', 'hold', 'capture', 'release', 'refund', 'adjust'] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];

/** Whose credits: our own ledger goes by the account, an external service by the user. */
export interface AccountHolder {
  readonly userId: string;
  readonly accountId: string;
}

/** The API key with which a turn was asked. */
export interface AskingKey {
  readonly id: string;
  /** Whether it has a cap of credits, as far as the asking instance knows: the account decides. */
  readonly isCapped: boolean;
}

/** What a turn's hold, capture and release have in common. */
export interface TurnCharge extends AccountHolder {
  readonly turnId: string;
  readonly chatflowId: string;
  /** Whole credits. */
  readonly amount: number;
  /** Absent for a turn that was asked by a sign-in. */
  readonly key?: AskingKey;
  /** The user's own token, for an external service that wants it; absent after a restart. */
  readonly accessToken?: string;
}

export interface HoldRequest extends TurnCharge {
  /** After this moment the hold is certainly orphaned and reconciliation may report it. */
  readonly expiresAt: Date;
}

export interface SettleRequest extends TurnCharge {
  readonly outcome: TurnOutcome;
}

/** A hold or settlement that is made by the turn's store, together with its own writes. */
export interface PlannedCharge {
  readonly write: PlannedWrite;
  /** The credits that the turn is charged by it. */
  readonly charged: number;
  /** To be called once it was made. */
  readonly written: () => void;
}

export interface Balance {
  readonly available: number;
  readonly held: number;
}

/**
 * Where credits live. Every operation is idempotent by `turnId`: repeated in any order or number, a turn is held at most once
 * and captured or released exactly once; whichever of capture and release comes first wins, the other has no effect.
 *
 * All methods throw `accounting_unavailable` when the ledger can't be reached; then nothing is known about the outcome, and the caller
 * repeats the call.
 */
export abstract class CreditLedger {
  /** What a turn of this chatflow costs: the registry's price, or the external service's. Whole credits, at least 1. */
  abstract priceOf(
    chatflow: { id: string; price: { credits: number } },
    accessToken?: string,
  ): Promise<number>;
  /** Takes `amount` out of what is available, and out of what its key may still spend. @throws AppError `insufficient_credits`, `insufficient_key_credits` */
  abstract hold(request: HoldRequest): Promise<void>;
  /** Turns the hold into a charge. @returns the credits that this turn was charged in the end (0 when it had been released) */
  abstract capture(request: SettleRequest): Promise<number>;
  /** Gives the hold back and records the failed turn. @returns the credits that this turn was charged in the end (0 unless captured before) */
  abstract release(request: SettleRequest): Promise<number>;

  /**
   * The same as `hold`, to be made by another store. When it finds nothing to change, `hold` knows why and what to do.
   * @returns undefined when this ledger's holds can't be planned
   */
  planHold(_request: HoldRequest): PlannedCharge | undefined {
    return undefined;
  }

  /**
   * The same as `capture` or `release` of a turn that this process has held. It is refused, together with what stands behind it, when
   * there is no such hold; `capture` and `release` know why and what to do.
   * @returns undefined when this ledger's settlements can't be planned
   */
  planSettlement(_kind: 'capture' | 'release', _request: SettleRequest): PlannedCharge | undefined {
    return undefined;
  }

  abstract balance(holder: AccountHolder, accessToken?: string): Promise<Balance>;

  /** What a key with a cap may still spend, whatever its holder has. Where there are no caps, nothing. */
  keyLeft(_holder: AccountHolder, _keyId: string): Promise<number> {
    return Promise.resolve(0);
  }
}
