import type { LedgerEntry } from './ledger-entry.js';

/** A place in an account's list of transactions, newest first. */
export interface TransactionPosition {
  readonly createdAt: Date;
  readonly id: string;
}

export const USAGE_GROUPS = ['day', 'chatflow'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** What one day (`2026-08-01`, UTC) or one chatflow cost. */
export interface UsageSum {
  readonly key: string;
  /** Whole credits captured. */
  readonly credits: number;
  /** Captured turns. */
  readonly turns: number;
  /** Whole credits given back by refunds, which count when they were made. */
  readonly refunded: number;
}

/**
 * The ledger's rows. They are inserted, never changed.
 *
 * All methods throw `accounting_unavailable` when the database can't be reached.
 */
export abstract class CreditTransactionStore {
  /** Inserts those entries whose ids are not there yet, durably. */
  abstract insertMissing(entries: readonly LedgerEntry[]): Promise<void>;
  abstract find(accountId: string, id: string): Promise<LedgerEntry | undefined>;
  /** The `capture` or `release` of the turn. */
  abstract findSettlement(accountId: string, turnId: string): Promise<LedgerEntry | undefined>;
  /** Newest first, from just after `after` on. */
  abstract page(
    accountId: string,
    limit: number,
    after?: TransactionPosition,
  ): Promise<readonly LedgerEntry[]>;
  /** Captures and refunds with `from` ≤ createdAt < `to`, in the order of their keys. */
  abstract usage(accountId: string, from: Date, to: Date, group: UsageGroup): Promise<readonly UsageSum[]>;
  /** What the rows of each account say it is worth; an account without rows is absent. */
  abstract worthOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** All rows of an account that change its worth, read as it goes, in no order. */
  abstract worthRows(accountId: string): AsyncIterable<Pick<LedgerEntry, 'id' | 'kind' | 'amount' | 'keyId'>>;
  /** Which of these entries have a row, by their ids. */
  abstract existing(entries: readonly Pick<LedgerEntry, 'id' | 'accountId'>[]): Promise<ReadonlySet<string>>;
}
