import type { ChainedEntry } from './audit-entry.js';
import { FIRST_HASH, hashOf } from './audit-hash.js';

/** A place in the chain and what stands there. */
export type AuditPlace = Pick<ChainedEntry, 'sequence' | 'hash'>;

/** The first entry that does not fit. */
export interface AuditFault {
  readonly sequence: number;
  /** The entry's; absent when there is none. */
  readonly id?: string;
  /** `unlinked`: it names another entry before it than the one that is there; `replaced`: it fits, and is another one than was there once. */
  readonly problem: 'missing' | 'changed' | 'unlinked' | 'replaced';
}

/**
 * Looks at entries in their order until one does not fit, wherever they come from. Where the oldest ones have been removed at the end of their time, the first that
 * is left is taken as it is: nothing is known of the one before.
 */
export class ChainWalk {
  /** Entries that fit. */
  verified = 0;
  /** The last that fits, or the one before the first. */
  last: AuditPlace | undefined;
  private expected: number;
  private hasSeenAnchor = false;

  /**
   * @param from the sequence of the first
   * @param before the entry before it, if it is there
   * @param anchor what an earlier walk has ended with, kept where nobody could change it
   */
  constructor(
    from: number,
    before?: AuditPlace,
    private readonly anchor?: AuditPlace,
  ) {
    this.expected = from;
    this.last = before;
  }

  /** The sequence of the entry that is to come. */
  get next(): number {
    return this.expected;
  }

  /** Whether the anchor was among the entries; `undefined` without one. */
  get anchorSeen(): boolean | undefined {
    return this.anchor === undefined ? undefined : this.hasSeenAnchor;
  }

  /** @returns what does not fit; nothing is to be asked behind it */
  take(entry: ChainedEntry): AuditFault | undefined {
    // The beginning may be gone by its age; nothing else goes.
    if (this.verified === 0 && this.last === undefined && entry.sequence > this.expected)
      this.expected = entry.sequence;
    const fault = faultOf(entry, this.expected, this.last?.hash) ?? this.faultOfAnchor(entry);
    if (fault !== undefined) return fault;
    this.last = { sequence: entry.sequence, hash: entry.hash };
    this.verified += 1;
    this.expected += 1;
    return undefined;
  }

  /** To be asked at the end of the chain. @returns that its end was cut off, if the anchor stood there */
  end(): AuditFault | undefined {
    const isCut = this.anchor !== undefined && this.anchor.sequence >= this.expected;
    return isCut ? { sequence: this.expected, problem: 'missing' } : undefined;
  }

  private faultOfAnchor({ sequence, id, hash }: ChainedEntry): AuditFault | undefined {
    if (sequence !== this.anchor?.sequence) return undefined;
    this.hasSeenAnchor = true;
    return hash === this.anchor.hash ? undefined : { sequence, id, problem: 'replaced' };
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
