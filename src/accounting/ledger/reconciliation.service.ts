import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { heldIn, worthInAccount, type CreditAccount } from './credit-account.js';
import { CreditAccountStore } from './credit-account.store.port.js';
import { CreditTransactionStore } from './credit-transaction.store.port.js';
import { worthOf } from './ledger-entry.js';
import { RowSums } from './row-sums.js';

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
/** Rows that are older stand still: they are read once, for as long as it takes, while turns go on. Longer than clocks of instances differ. */
const RECENT_MS = 600_000;
/** An account that does not sum is read from the beginning once more: its clock may have been set back. */
const CLOSE_LOOKS = 2;

/** Proves that every account is worth what its ledger entries say, whether in the ledger or still in an outbox. */
@Injectable()
export class Reconciliation {
  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly transactions: CreditTransactionStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Reads every account and its rows some at a time: neither memory nor a single command grows with their number. Turns go on meanwhile.
   * @throws AppError `accounting_unavailable`
   */
  async run(): Promise<ReconciliationReport> {
    const now = this.clock.now();
    const report = { accounts: 0, openHolds: 0, expiredHolds: 0, drift: 0, keyDrift: 0, inMotion: 0 };
    const unbalanced: UnbalancedAccount[] = [];
    const unbalancedKeys: UnbalancedKey[] = [];
    for await (const batch of this.accounts.batches(ACCOUNTS_PER_BATCH)) {
      const since = this.standsStillUntil(batch);
      const settled = await this.transactions.worthOf(idsOf(batch), { before: since });
      const accounts = await this.accounts.findMany(idsOf(batch));
      for (const account of accounts) {
        report.accounts += 1;
        report.openHolds += account.holds.length;
        report.expiredHolds += account.holds.filter(({ expiresAt }) => expiresAt.getTime() < now).length;
      }
      for (const accountId of await this.suspectsAmong(accounts, settled, since)) {
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

  /** Up to when all rows of these accounts are in the ledger. */
  private standsStillUntil(accounts: readonly CreditAccount[]): Date {
    const waiting = accounts.flatMap(({ outbox }) => outbox.map(({ createdAt }) => createdAt.getTime()));
    return new Date(waiting.reduce((least, at) => Math.min(least, at), this.clock.now() - RECENT_MS));
  }

  /** Accounts with capped keys, and those that do not sum at first sight; turns that settle during the look make some of them. */
  private async suspectsAmong(
    accounts: readonly CreditAccount[],
    settled: ReadonlyMap<string, number>,
    since: Date,
  ): Promise<readonly string[]> {
    const inOutbox = accounts.flatMap(({ outbox }) => outbox);
    const alreadyMoved = await this.transactions.existing(inOutbox);
    const recent = await this.transactions.worthOf(idsOf(accounts), { from: since });
    const differs = (account: CreditAccount): boolean => {
      const { accountId, outbox } = account;
      const waiting = outbox.filter(({ id }) => !alreadyMoved.has(id));
      const inLedger = (settled.get(accountId) ?? 0) + (recent.get(accountId) ?? 0);
      const expected = waiting.reduce((sum, entry) => sum + worthOf(entry), inLedger);
      return expected !== worthInAccount(account) || hasCaps(account);
    };
    return idsOf(accounts.filter(differs));
  }

  private async lookClosely(accountId: string): Promise<CloseLook | undefined> {
    let found: CloseLook | undefined;
    for (let look = 0; look < CLOSE_LOOKS; look += 1) {
      // One that is in motion by now tells nothing against what was seen.
      found = (await this.lookOnce(accountId)) ?? found;
      if (found !== undefined && found.expected === found.actual && found.keys.length === 0) break;
    }
    return found;
  }

  /** Exact: the account is read before and after its recent rows, and counts only if it did not change between; the older ones stand still. */
  private async lookOnce(accountId: string): Promise<CloseLook | undefined> {
    let before = await this.accounts.find(accountId);
    if (before === undefined) return undefined;
    const since = this.standsStillUntil([before]);
    const settled = new RowSums();
    for await (const rows of this.transactions.worthRows(accountId, { before: since })) settled.add(rows);
    before = await this.accounts.find(accountId);
    for (let look = 0; look < MAX_LOOKS && before !== undefined; look += 1) {
      const { worth: expected, usedBy } = await this.withRecent(before, settled, since);
      const after = await this.accounts.find(accountId);
      if (after !== undefined && stoodStill(before, after)) {
        return { accountId, expected, actual: worthInAccount(after), keys: unbalancedKeysOf(after, usedBy) };
      }
      before = after;
    }
    return undefined;
  }

  private async withRecent(
    { accountId, outbox }: CreditAccount,
    settled: RowSums,
    since: Date,
  ): Promise<RowSums> {
    const sums = settled.copy();
    const moved = await this.transactions.existing(outbox);
    const waiting = new Map(outbox.filter(({ id }) => !moved.has(id)).map((entry) => [entry.id, entry]));
    for await (const rows of this.transactions.worthRows(accountId, { from: since })) {
      for (const { id } of rows) waiting.delete(id);
      sums.add(rows);
    }
    sums.add([...waiting.values()]);
    return sums;
  }
}

function idsOf(accounts: readonly CreditAccount[]): readonly string[] {
  return accounts.map(({ accountId }) => accountId);
}

function hasCaps({ keyCaps = {} }: CreditAccount): boolean {
  return Object.keys(keyCaps).length > 0;
}

function unbalancedKeysOf(account: CreditAccount, usedBy: RowSums['usedBy']): readonly UnbalancedKey[] {
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
