import { Injectable } from '@nestjs/common';
import { AuditChain } from './audit-chain.service.js';
import { AuditEntryStore } from './audit-entry.store.port.js';
import { toldOf, type AuditExportEnd } from './audit-lines.js';

/** Entries of one export; the next goes on behind them. */
export const MAX_ENTRIES_EXPORTED = 1_000_000;
/** Entries that are read, and held, at once. */
const ENTRIES_PER_BATCH = 1000;

/** Tells the whole log, in the order of the chain. */
@Injectable()
export class AuditExport {
  constructor(
    private readonly store: AuditEntryStore,
    private readonly chain: AuditChain,
  ) {}

  /**
   * One JSON object a line, some hundred lines at once, with an {@link AuditExportEnd} as the last; what is written before this is asked stands in it.
   * @param from the sequence of the first
   */
  async *lines(from: number): AsyncGenerator<string> {
    await this.chain.extend();
    let next = from;
    let entries = 0;
    let last: AuditExportEnd['last'];
    let isWhole = false;
    while (!isWhole && entries < MAX_ENTRIES_EXPORTED) {
      const batch = await this.store.chained(next, ENTRIES_PER_BATCH);
      isWhole = batch.length < ENTRIES_PER_BATCH;
      const end = batch.at(-1);
      if (end === undefined) break;
      entries += batch.length;
      next = end.sequence + 1;
      last = { sequence: end.sequence, hash: end.hash };
      yield batch.map((entry) => `${JSON.stringify(toldOf(entry))}\n`).join('');
    }
    const end: AuditExportEnd = { end: true, entries, next: isWhole ? null : next, ...(last && { last }) };
    yield `${JSON.stringify(end)}\n`;
  }
}
