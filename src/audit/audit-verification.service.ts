import { Injectable } from '@nestjs/common';
import { AuditEntryStore } from './audit-entry.store.port.js';
import { ChainWalk, type AuditFault, type AuditPlace } from './chain-walk.js';

/** Entries that one call looks at; the next goes on behind them. */
export const MAX_ENTRIES_VERIFIED = 100_000;
/** Entries that are read at once. */
const ENTRIES_PER_BATCH = 1000;

export interface AuditVerification {
  /** Entries that fit. */
  readonly verified: number;
  /** Where to go on; null at the end of the chain. */
  readonly next: number | null;
  readonly fault?: AuditFault;
  /** The last that fits: keep it elsewhere, and a chain that is shorter or another one is found. */
  readonly last?: AuditPlace;
  /** Whether the anchor was among the entries of this call, and fits; absent without one. */
  readonly anchorSeen?: boolean;
}

/** Walks the chain. */
@Injectable()
export class AuditVerifier {
  constructor(private readonly store: AuditEntryStore) {}

  /**
   * @param from the sequence of the first
   * @param anchor what an earlier call has ended with
   */
  async verify(from: number, anchor?: AuditPlace): Promise<AuditVerification> {
    const walk = new ChainWalk(from, await this.before(from), anchor);
    const told = (next: number | null, fault?: AuditFault): AuditVerification => ({
      verified: walk.verified,
      next,
      ...(fault === undefined ? {} : { fault }),
      ...(walk.last === undefined ? {} : { last: walk.last }),
      ...(walk.anchorSeen === undefined ? {} : { anchorSeen: walk.anchorSeen }),
    });
    while (walk.verified < MAX_ENTRIES_VERIFIED) {
      const entries = await this.store.chained(walk.next, ENTRIES_PER_BATCH);
      for (const entry of entries) {
        const fault = walk.take(entry);
        if (fault !== undefined) return told(null, fault);
      }
      if (entries.length < ENTRIES_PER_BATCH) return told(null, walk.end());
    }
    return told(walk.next);
  }

  private async before(from: number): Promise<AuditPlace | undefined> {
    if (from <= 1) return undefined;
    const [entry] = await this.store.chained(from - 1, 1);
    return entry?.sequence === from - 1 ? { sequence: entry.sequence, hash: entry.hash } : undefined;
  }
}
