import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { worthInAccount, type CreditAccount } from './credit-account.js';
import { CreditAccountStore } from './credit-account.store.port.js';
import { CreditTransactionStore } from './credit-transaction.store.port.js';
import { worthOf } from './ledger-entry.js';

/** An account whose ledger does not sum to what it holds. */
export interface UnbalancedAccount {
  readonly accountId: string;
  /** What the ledger says: grants + adjustments − captures + refunds. */
  readonly expected: number;
  /** What the account says: available + held. */
  readonly actual: number;
}

export interface ReconciliationReport {
  readonly accounts: number;
  readonly openHolds: number;
  /** Open holds past their expiry: their turns are certainly over, so somebody forgot to settle them. */
  readonly expiredHolds: number;
  /** Sum of the absolute differences; 0 when every account sums. */
  readonly drift: number;
  /** Accounts that changed too often during the look to be judged; 0 unless one is in very heavy use. */
  readonly inMotion: number;
  /** The first of the accounts that don't sum. */
  readonly unbalanced: readonly UnbalancedAccount[];
}

const ACCOUNTS_PER_BATCH = 200;
const MAX_UNBALANCED_SHOWN = 20;
/** An account in use changes between two reads; it is looked at again until it stood still. */
const MAX_LOOKS = 20;

/** Proves that every account is worth what its ledger entries say, whether in the ledger or still in an outbox. */
@Injectable()
export class Reconciliation {
  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly transactions: CreditTransactionStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads every account and its rows in batches; memory does not grow with their number. Turns may go on meanwhile.
   * @throws AppError `accounting_unavailable`
   */
  async run(): Promise<ReconciliationReport> {
    const now = this.clock.now();
    const report = { accounts: 0, openHolds: 0, expiredHolds: 0, drift: 0, inMotion: 0 };
    const unbalanced: UnbalancedAccount[] = [];
    for await (const batch of this.accounts.batches(ACCOUNTS_PER_BATCH)) {
      for (const account of batch) {
        report.accounts += 1;
        report.openHolds += account.holds.length;
        report.expiredHolds += account.holds.filter(({ expiresAt }) => expiresAt.getTime() < now).length;
      }
      for (const accountId of await this.suspectsAmong(batch)) {
        const found = await this.lookClosely(accountId);
        if (found === undefined) report.inMotion += 1;
        if (found === undefined || found.expected === found.actual) continue;
        report.drift += Math.abs(found.expected - found.actual);
        if (unbalanced.length < MAX_UNBALANCED_SHOWN) unbalanced.push(found);
      }
    }
    return { ...report, unbalanced };
  }

  /** Accounts that do not sum at first sight; turns that settle during the look make some of them. */
  private async suspectsAmong(batch: readonly CreditAccount[]): Promise<readonly string[]> {
    const inOutbox = batch.flatMap(({ outbox }) => outbox);
    const alreadyMoved = await this.transactions.existing(inOutbox);
    const worth = await this.transactions.worthOf(batch.map(({ accountId }) => accountId));
    const differs = (account: CreditAccount): boolean => {
      const waiting = account.outbox.filter(({ id }) => !alreadyMoved.has(id));
      const expected = waiting.reduce(
        (sum, entry) => sum + worthOf(entry),
        worth.get(account.accountId) ?? 0,
      );
      return expected !== worthInAccount(account);
    };
    return batch.filter(differs).map(({ accountId }) => accountId);
  }

  /** Exact: the account is read before and after its rows, and counts only if it did not change between. */
  private async lookClosely(accountId: string): Promise<UnbalancedAccount | undefined> {
    let before = await this.accounts.find(accountId);
    for (let look = 0; look < MAX_LOOKS && before !== undefined; look += 1) {
      const expected = await this.expectedOf(before);
      const after = await this.accounts.find(accountId);
      if (after !== undefined && stoodStill(before, after)) {
        return { accountId, expected, actual: worthInAccount(after) };
      }
      before = after;
    }
    return undefined;
  }

  private async expectedOf(account: CreditAccount): Promise<number> {
    const waiting = new Map(account.outbox.map((entry) => [entry.id, entry]));
    let expected = 0;
    for await (const row of this.transactions.worthRows(account.accountId)) {
      waiting.delete(row.id);
      expected += worthOf(row);
    }
    for (const entry of waiting.values()) expected += worthOf(entry);
    return expected;
  }
}

function stoodStill(before: CreditAccount, after: CreditAccount): boolean {
  return (
    before.revision === after.revision &&
    before.available === after.available &&
    before.outbox.length === after.outbox.length &&
    worthInAccount(before) === worthInAccount(after)
  );
}
