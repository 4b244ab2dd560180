import type { AuditAction, AuditEntry, ChainedEntry } from './audit-entry.js';

/** What narrows a list of entries. */
export interface AuditFilter {
  readonly action?: AuditAction;
  readonly actorId?: string;
  readonly targetId?: string;
}

/** Where the audit log lives. Entries are only ever added, given their place in the chain, and removed when their time is over. */
export abstract class AuditEntryStore {
  /** Durable when it resolves. */
  abstract insert(entry: AuditEntry): Promise<void>;
  /** The newest first, chained or not yet. @param before the id of an entry: only older ones */
  abstract list(
    filter: AuditFilter,
    limit: number,
    before?: string,
  ): Promise<readonly (AuditEntry | ChainedEntry)[]>;
  /** Those that have no place in the chain yet, the oldest first. */
  abstract pending(limit: number): Promise<readonly AuditEntry[]>;
  /** The last entry of the chain. */
  abstract head(): Promise<ChainedEntry | undefined>;
  /**
   * Gives an entry its place.
   * @returns false when another entry has the place, or this one has another: nothing was changed
   */
  abstract chain(
    id: string,
    place: Pick<ChainedEntry, 'sequence' | 'previousHash' | 'hash'>,
  ): Promise<boolean>;
  /** Entries of the chain in order. @param from the sequence of the first */
  abstract chained(from: number, limit: number): Promise<readonly ChainedEntry[]>;
}
