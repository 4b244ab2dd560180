import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import {
  CreditTransactionStore,
  type UsageGroup,
  type UsageSum,
} from '../ledger/credit-transaction.store.port.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import { OutboxMover } from '../ledger/outbox-mover.service.js';
import { decodeCursor, encodeCursor } from './page-cursor.js';
import { parseUsagePeriod, type UsagePeriod } from './usage-period.js';

export interface TransactionPage {
  readonly data: readonly LedgerEntry[];
  /** Absent on the last page. */
  readonly nextCursor: string | undefined;
}

export interface UsageReport extends UsagePeriod {
  readonly data: readonly UsageSum[];
}

/** What users read of their own ledger. The account's outbox is moved first, so that a turn shows as soon as it has ended. */
@Injectable()
export class Statement {
  constructor(
    private readonly transactions: CreditTransactionStore,
    private readonly mover: OutboxMover,
    private readonly clock: Clock,
  ) {}

  /**
   * Newest first.
   * @param after the `nextCursor` of the page before
   * @throws AppError `validation_failed` for a bad cursor, `accounting_unavailable`
   */
  async transactionsOf(accountId: string, limit: number, after?: string): Promise<TransactionPage> {
    const position = after === undefined ? undefined : decodeCursor(after);
    if (position === undefined) await this.mover.move(accountId);
    const found = await this.transactions.page(accountId, limit + 1, position);
    const data = found.slice(0, limit);
    const last = found.length > limit ? data.at(-1) : undefined;
    return { data, nextCursor: last && encodeCursor(last) };
  }

  /** @throws AppError `validation_failed` for a bad period, `accounting_unavailable` */
  async usageOf(accountId: string, group: UsageGroup, from?: string, to?: string): Promise<UsageReport> {
    const period = parseUsagePeriod(from, to, this.clock.now());
    await this.mover.move(accountId);
    return { ...period, data: await this.transactions.usage(accountId, period.from, period.to, group) };
  }
}
