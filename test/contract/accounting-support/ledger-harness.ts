import type {
  AccountHolder,
  CreditLedger,
  HoldRequest,
  SettleRequest,
} from '../../../src/accounting/credit-ledger.port.js';
import type { TurnOutcome } from '../../../src/contract/chat-event.js';
import { newId } from '../../../src/platform/ids.js';
import { SET_TIME } from './ledger-database.js';

/** One implementation of the port with what a test needs to look behind it. */
export interface LedgerHarness {
  readonly ledger: CreditLedger;
  /** Gives a user who had nothing these credits. */
  fund(userId: string, credits: number): Promise<void>;
  /** Waits until whoever keeps the credits has heard what was decided. The ledger itself waits for that, but only so long. */
  heard(): Promise<void>;
  /** Brings everything that goes on in the background to rest. */
  rest(): Promise<void>;
  /** 0 when the books sum, for all users together. */
  drift(): Promise<number>;
  /** How often, by the books, the turn was captured and released. */
  settlements(userId: string, turnId: string): Promise<{ captured: number; released: number }>;
  close(): Promise<void>;
}

/** A user and the account, whose ids have nothing in common. */
export function holderOf(userId: string): AccountHolder {
  return { userId, accountId: `account-of-${userId}` };
}

/** A turn of a user, with the requests about it. */
export class TestTurn {
  constructor(
    readonly userId: string,
    readonly amount = 1,
    readonly turnId = newId(SET_TIME),
  ) {}

  get charge(): HoldRequest {
    return {
      ...holderOf(this.userId),
      turnId: this.turnId,
      chatflowId: 'assistant',
      amount: this.amount,
      accessToken: 'user-token',
      expiresAt: new Date(Date.now() + 600_000),
    };
  }

  end(outcome: TurnOutcome): SettleRequest {
    const { expiresAt: _, ...charge } = this.charge;
    return { ...charge, outcome };
  }
}
