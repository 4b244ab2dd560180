import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { settlementInOutbox } from '../ledger/credit-account.js';
import { CreditAccounts } from '../ledger/credit-accounts.service.js';
import { CreditPostings } from '../ledger/credit-postings.service.js';
import { CreditTransactionStore } from '../ledger/credit-transaction.store.port.js';
import { turnEntryId, type LedgerEntry } from '../ledger/ledger-entry.js';
import { RefundableTurnStore, type RefundableTurn } from './refundable-turn.store.port.js';

/** What an administrator gives back of a turn's charge. */
export interface RefundRequest {
  readonly turnId: string;
  /** Whole credits; absent: all that was charged. */
  readonly amount?: number;
  readonly reason: string;
}

export interface Refund {
  readonly turn: RefundableTurn;
  readonly entry: LedgerEntry;
}

/**
 * Gives back what a settled turn was charged, once per turn: the ledger first, where one row per turn decides, then the turn, which shows it.
 * Cut off between the two, the same request again does the rest.
 */
@Injectable()
export class TurnRefunds {
  constructor(
    private readonly turns: RefundableTurnStore,
    private readonly accounts: CreditAccounts,
    private readonly transactions: CreditTransactionStore,
    private readonly postings: CreditPostings,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the refund, the first one for the same request again
   * @throws AppError `not_found`; `conflict` when the turn still runs, was not charged, or was refunded otherwise before;
   *   `validation_failed` for more than was charged; `accounting_unavailable`
   */
  async refund({ turnId, amount, reason }: RefundRequest): Promise<Refund> {
    const turn = await this.turns.find(turnId);
    if (turn === undefined) throw errors.notFound('The turn');
    if (turn.isRunning) throw errors.conflict('The turn still runs: it can be refunded once it has ended.');
    const charge = await this.chargeOf(turn);
    if (charge === undefined) throw errors.conflict('The turn was not charged.');
    const wanted = amount ?? charge.amount;
    if (wanted > charge.amount) {
      const message = `must be at most the ${charge.amount} that the turn was charged`;
      throw errors.validation([{ field: 'amount', message }]);
    }
    const entry = await this.postings.postOnce({
      id: turnEntryId(turnId, turn.accountId, 'refund'),
      accountId: turn.accountId,
      kind: 'refund',
      amount: wanted,
      turnId,
      chatflowId: turn.chatflowId,
      ...(charge.keyId === undefined ? {} : { keyId: charge.keyId }),
      reason,
      createdAt: new Date(this.clock.now()),
    });
    await this.turns.noteRefund(turn, entry.amount);
    if (entry.amount !== wanted || entry.reason !== reason) {
      throw errors.conflict(
        `The turn was refunded before: ${entry.amount} credits, for another reason or amount.`,
      );
    }
    return { turn, entry };
  }

  /** In this order: what is no longer in the outbox when the account is read is in the ledger by then. */
  private async chargeOf({ accountId, turnId }: RefundableTurn): Promise<LedgerEntry | undefined> {
    const account = await this.accounts.require(accountId);
    const settlement =
      settlementInOutbox(account, turnId) ?? (await this.transactions.findSettlement(accountId, turnId));
    return settlement?.kind === 'capture' ? settlement : undefined;
  }
}
