import type { WorthRow } from './credit-transaction.store.port.js';
import { worthOf } from './ledger-entry.js';

/** What rows sum to. */
export class RowSums {
  constructor(
    private sum = 0,
    /** Captured and not refunded, by the key whose cap it counts against. */
    readonly usedBy = new Map<string, number>(),
  ) {}

  get worth(): number {
    return this.sum;
  }

  copy(): RowSums {
    return new RowSums(this.sum, new Map(this.usedBy));
  }

  add(rows: readonly WorthRow[]): void {
    for (const row of rows) {
      const worth = worthOf(row);
      this.sum += worth;
      if (row.keyId !== undefined) this.usedBy.set(row.keyId, (this.usedBy.get(row.keyId) ?? 0) - worth);
    }
  }
}
