import type { TurnOutcome } from '../../contract/chat-event.js';
import type { TurnCharge } from '../credit-ledger.port.js';

/**
 * Where a turn stands with the external service:
 * `holding` a deduction may be under way · `refused` it was refused · `held` deducted · `captured`, `released` decided, for good.
 */
export const CHARGE_STATES = ['holding', 'refused', 'held', 'captured', 'released'] as const;
export type ChargeState = (typeof CHARGE_STATES)[number];

/** What is kept of a turn's charge: the service has the accounts, so none of ours is in it. */
export type ChargedTurn = Omit<TurnCharge, 'accessToken' | 'accountId'>;

/** Our own record of a turn's charge: it decides between capture and release, the service only carries that out. */
export interface ExternalCharge extends ChargedTurn {
  readonly state: ChargeState;
  /** How the turn ended; absent on a released charge whose hold never succeeded and was given up. */
  readonly outcome?: TurnOutcome;
  /** From this moment on the recovery takes care of the charge; absent when there is nothing left to do. */
  readonly dueAt?: Date;
}

export interface OpenedCharge {
  readonly charge: ExternalCharge;
  /** Whether it was absent or refused before, so that nothing has been deducted for it yet. */
  readonly isNew: boolean;
}

/** What a decision is about; `outcome` is absent when a hold is given up. */
export type ChargeDecision = ChargedTurn & Pick<ExternalCharge, 'outcome'>;

/**
 * Charges, one per turn, without any token. Every write is atomic and durable when its promise resolves.
 *
 * All methods throw `accounting_unavailable` when the database can't be reached.
 */
export abstract class ExternalChargeStore {
  /** Opens the turn's charge as `holding`; a refused one is opened again. */
  abstract open(charge: ChargedTurn, dueAt: Date, now: Date): Promise<OpenedCharge>;
  /** The deduction succeeded. @returns false when the charge was decided in the meantime */
  abstract markHeld(turnId: string): Promise<boolean>;
  /** The deduction was certainly not made. No effect unless the charge is `holding`. */
  abstract markRefused(turnId: string): Promise<void>;
  /**
   * Decides the charge, once: `captured` takes effect on a held one only, everything else that is open is released. A charge that was never
   * opened is recorded as released, with nothing left to do.
   * @returns the charge with whichever decision came first
   */
  abstract decide(
    decision: ChargeDecision,
    state: 'captured' | 'released',
    dueAt: Date,
    now: Date,
  ): Promise<ExternalCharge>;
  /** The service has carried out the decision. */
  abstract finish(turnId: string, now: Date): Promise<void>;
  /** Sets when the recovery looks at an unfinished charge. */
  abstract postpone(turnId: string, dueAt: Date): Promise<void>;
  /** Charges that are due, the longest first. */
  abstract findDue(now: Date, limit: number): Promise<readonly ExternalCharge[]>;
  /** Whole credits that this user has in `held` charges. */
  abstract heldBy(userId: string): Promise<number>;
}
