import type { Transport } from '../http/transport.js';
import type { Balance, Page, PageRequest, Transaction, UsageReport } from './types.js';

/** Your credits. All methods throw TollgateError; `not_found` where an external service keeps the ledger. */
export class AccountingApi {
  constructor(private readonly transport: Transport) {}

  balance(signal?: AbortSignal): Promise<Balance> {
    return this.transport.json({ path: '/accounting/balance', signal });
  }

  /** Newest first. */
  transactions({ limit, after }: PageRequest = {}, signal?: AbortSignal): Promise<Page<Transaction>> {
    return this.transport.json({ path: '/accounting/transactions', query: { limit, after }, signal });
  }

  /** @param query `from` and `to`: ISO dates; the last 30 days by default */
  usage(
    query: { readonly from?: string; readonly to?: string; readonly groupBy?: 'day' | 'chatflow' } = {},
    signal?: AbortSignal,
  ): Promise<UsageReport> {
    return this.transport.json({ path: '/accounting/usage', query: { ...query }, signal });
  }
}
