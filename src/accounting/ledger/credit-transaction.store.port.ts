import type { LedgerEntry } from './ledger-entry.js';

/** What a row says about what an account, and a key of it, is worth. */
export type WorthRow = Pick<LedgerEntry, 'id' | 'kind' | 'amount' | 'keyId'>;

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

/** Rows by their time; absent ends are open. */
export interface RowPeriod {
  /** From this moment on. */
  readonly from?: Date;
  /** Up to this moment, without it. */
  readonly before?: Date;
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
  /** Captures and refunds with `from` ≤ createdAt < `to`, in the order of their keys. Reads every one of them, some at a time. */
  abstract usage(accountId: string, from: Date, to: Date, group: UsageGroup): Promise<readonly UsageSum[]>;
  /** What the rows of each account say it is worth; an account without rows is absent. Reads every row of the period, some at a time. */
  abstract worthOf(accountIds: readonly string[], period?: RowPeriod): Promise<ReadonlyMap<string, number>>;
  /** An account's rows of a period that change its worth, some at a time, in no order. */
  abstract worthRows(accountId: string, period?: RowPeriod): AsyncIterable<readonly WorthRow[]>;
  /** Which of these entries have a row, by their ids. */
  abstract existing(entries: readonly Pick<LedgerEntry, 'id' | 'accountId'>[]): Promise<ReadonlySet<string>>;
}
