import { Injectable } from '@nestjs/common';
import type { ChainedEntry } from './audit-entry.js';
import { AuditEntryStore } from './audit-entry.store.port.js';
import { FIRST_HASH, hashOf } from './audit-hash.js';

/** Entries that one call looks at; the next goes on behind them. */
export const MAX_ENTRIES_VERIFIED = 100_000;
/** Entries that are read at once. */
const ENTRIES_PER_BATCH = 1000;

/** The first entry that does not fit. */
export interface AuditFault {
  readonly sequence: number;
  /** The entry's; absent when there is none. */
  readonly id?: string;
  readonly problem: 'missing' | 'changed' | 'unlinked';
}

export interface AuditVerification {
  /** Entries that fit. */
  readonly verified: number;
  /** Where to go on; null at the end of the chain. */
  readonly next: number | null;
  readonly fault?: AuditFault;
  /** The last that fits: keep it elsewhere, and a chain that is shorter or another one is found. */
  readonly last?: Pick<ChainedEntry, 'sequence' | 'hash'>;
}

/** Walks the chain. */
@Injectable()
export class AuditVerifier {
  constructor(private readonly store: AuditEntryStore) {}

  /**
   * Looks at entries in order until one does not fit. Where the oldest ones have been removed at the end of their time, the first that is left is taken as it
   * is: nothing is known of the one before.
   * @param from the sequence of the first
   */
  async verify(from: number): Promise<AuditVerification> {
    let last = await this.before(from);
    let verified = 0;
    let expected = from;
    while (verified < MAX_ENTRIES_VERIFIED) {
      const entries = await this.store.chained(expected, ENTRIES_PER_BATCH);
      for (const entry of entries) {
        // The beginning may be gone by its age; nothing else goes.
        if (verified === 0 && last === undefined) expected = entry.sequence;
        const fault = faultOf(entry, expected, last?.hash);
        if (fault !== undefined) return { verified, next: null, fault, ...(last && { last }) };
        last = { sequence: entry.sequence, hash: entry.hash };
        verified += 1;
        expected += 1;
      }
      if (entries.length < ENTRIES_PER_BATCH) return { verified, next: null, ...(last && { last }) };
    }
    return { verified, next: expected, ...(last && { last }) };
  }

  private async before(from: number): Promise<Pick<ChainedEntry, 'sequence' | 'hash'> | undefined> {
    if (from <= 1) return undefined;
    const [entry] = await this.store.chained(from - 1, 1);
    return entry?.sequence === from - 1 ? entry : undefined;
  }
}

function faultOf(
  entry: ChainedEntry,
  expected: number,
  previousHash: string | undefined,
): AuditFault | undefined {
  const { id, sequence } = entry;
  if (sequence !== expected) return { sequence: expected, problem: 'missing' };
  const previous = previousHash ?? (sequence === 1 ? FIRST_HASH : entry.previousHash);
  if (entry.previousHash !== previous) return { sequence, id, problem: 'unlinked' };
  if (hashOf(sequence, previous, entry) !== entry.hash) return { sequence, id, problem: 'changed' };
  return undefined;
}
