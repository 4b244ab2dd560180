import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { heldIn, worthInAccount, type CreditAccount } from './credit-account.js';
import { CreditAccountStore } from './credit-account.store.port.js';
import { CreditTransactionStore } from './credit-transaction.store.port.js';
import { worthOf, type LedgerEntry } from './ledger-entry.js';

/** An account whose ledger does not sum to what it holds. */
export interface UnbalancedAccount {
  readonly accountId: string;
  /** What the ledger says: grants + adjustments − captures + refunds. */
  readonly expected: number;
  /** What the account says: available + held. */
  readonly actual: number;
}

/** A key whose cap does not say what its turns were charged and what is held for them. */
export interface UnbalancedKey {
  readonly accountId: string;
  readonly keyId: string;
  /** Used by the ledger: captures − refunds, and what the account holds. */
  readonly expected: number;
  /** Used by the cap. */
  readonly actual: number;
}

interface CloseLook extends UnbalancedAccount {
  readonly keys: readonly UnbalancedKey[];
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
  /** The same for what keys with a cap have used. */
  readonly keyDrift: number;
  /** The first of the accounts that don't sum. */
  readonly unbalanced: readonly UnbalancedAccount[];
  /** The first of the keys that don't. */
  readonly unbalancedKeys: readonly UnbalancedKey[];
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
    const report = { accounts: 0, openHolds: 0, expiredHolds: 0, drift: 0, keyDrift: 0, inMotion: 0 };
    const unbalanced: UnbalancedAccount[] = [];
    const unbalancedKeys: UnbalancedKey[] = [];
    for await (const batch of this.accounts.batches(ACCOUNTS_PER_BATCH)) {
      for (const account of batch) {
        report.accounts += 1;
        report.openHolds += account.holds.length;
        report.expiredHolds += account.holds.filter(({ expiresAt }) => expiresAt.getTime() < now).length;
      }
      for (const accountId of await this.suspectsAmong(batch)) {
        const found = await this.lookClosely(accountId);
        if (found === undefined) report.inMotion += 1;
        if (found === undefined) continue;
        const { keys, ...account } = found;
        report.keyDrift += driftOf(keys);
        unbalancedKeys.push(...keys.slice(0, MAX_UNBALANCED_SHOWN - unbalancedKeys.length));
        if (account.expected === account.actual) continue;
        report.drift += driftOf([account]);
        if (unbalanced.length < MAX_UNBALANCED_SHOWN) unbalanced.push(account);
      }
    }
    return { ...report, unbalanced, unbalancedKeys };
  }

  /** Accounts with capped keys, and those that do not sum at first sight; turns that settle during the look make some of them. */
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
      return expected !== worthInAccount(account) || hasCaps(account);
    };
    return batch.filter(differs).map(({ accountId }) => accountId);
  }

  /** Exact: the account is read before and after its rows, and counts only if it did not change between. */
  private async lookClosely(accountId: string): Promise<CloseLook | undefined> {
    let before = await this.accounts.find(accountId);
    for (let look = 0; look < MAX_LOOKS && before !== undefined; look += 1) {
      const { expected, usedBy } = await this.expectedOf(before);
      const after = await this.accounts.find(accountId);
      if (after !== undefined && stoodStill(before, after)) {
        return { accountId, expected, actual: worthInAccount(after), keys: unbalancedKeysOf(after, usedBy) };
      }
      before = after;
    }
    return undefined;
  }

  private async expectedOf(account: CreditAccount): Promise<Expectation> {
    const waiting = new Map(account.outbox.map((entry) => [entry.id, entry]));
    let expected = 0;
    const usedBy = new Map<string, number>();
    const count = (row: Pick<LedgerEntry, 'kind' | 'amount' | 'keyId'>): void => {
      const worth = worthOf(row);
      expected += worth;
      if (row.keyId !== undefined) usedBy.set(row.keyId, (usedBy.get(row.keyId) ?? 0) - worth);
    };
    for await (const row of this.transactions.worthRows(account.accountId)) {
      waiting.delete(row.id);
      count(row);
    }
    for (const entry of waiting.values()) count(entry);
    return { expected, usedBy };
  }
}

interface Expectation {
  readonly expected: number;
  /** Captured and not refunded, by the key whose cap it counts against. */
  readonly usedBy: ReadonlyMap<string, number>;
}

function hasCaps({ keyCaps = {} }: CreditAccount): boolean {
  return Object.keys(keyCaps).length > 0;
}

function unbalancedKeysOf(account: CreditAccount, usedBy: Expectation['usedBy']): readonly UnbalancedKey[] {
  const { accountId, keyCaps = {}, holds } = account;
  return Object.entries(keyCaps).flatMap(([keyId, { cap, left }]) => {
    const held = heldIn({ holds: holds.filter((hold) => hold.keyId === keyId) });
    const expected = (usedBy.get(keyId) ?? 0) + held;
    const actual = cap - left;
    return expected === actual ? [] : [{ accountId, keyId, expected, actual }];
  });
}

function driftOf(found: readonly { readonly expected: number; readonly actual: number }[]): number {
  return found.reduce((sum, { expected, actual }) => sum + Math.abs(expected - actual), 0);
}

function stoodStill(before: CreditAccount, after: CreditAccount): boolean {
  return (
    before.revision === after.revision &&
    before.available === after.available &&
    before.outbox.length === after.outbox.length &&
    worthInAccount(before) === worthInAccount(after)
  );
}
