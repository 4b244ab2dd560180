import type { Clock } from '../../platform/clock.js';
import type { StructuredLog } from '../../platform/logging/structured-log.js';
import { Statement } from '../statement/statement.js';
import type { CreditAccountStore } from './credit-account.store.port.js';
import { CreditAccounts } from './credit-accounts.js';
import { CreditPostings } from './credit-postings.js';
import type { CreditTransactionStore } from './credit-transaction.store.port.js';
import { OutboxMover } from './outbox-mover.js';
import { OwnCreditLedger } from './own-credit-ledger.js';
import { Reconciliation } from './reconciliation.js';

export interface OwnLedgerParts {
  readonly accounts: CreditAccountStore;
  readonly transactions: CreditTransactionStore;
  readonly clock: Clock;
  readonly log: StructuredLog;
  /** Whole credits that a new account starts with. */
  readonly signupCredits: number;
}

/** Our own ledger, put together. */
export class OwnLedger {
  readonly mover: OutboxMover;
  readonly opening: CreditAccounts;
  readonly ledger: OwnCreditLedger;
  readonly postings: CreditPostings;
  readonly reconciliation: Reconciliation;
  readonly statement: Statement;

  constructor({ accounts, transactions, clock, log, signupCredits }: OwnLedgerParts) {
    this.mover = new OutboxMover(accounts, transactions, clock, log);
    this.opening = new CreditAccounts(accounts, this.mover, clock, signupCredits);
    this.ledger = new OwnCreditLedger(accounts, transactions, this.opening, this.mover, clock);
    this.postings = new CreditPostings(accounts, transactions, this.opening, this.mover, clock);
    this.reconciliation = new Reconciliation(accounts, transactions, clock);
    this.statement = new Statement(transactions, this.mover, clock);
  }
}
