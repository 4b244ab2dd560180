import type { LedgerEntry } from './ledger-entry.js';

/** Credits set aside for a running turn. */
export interface Hold {
  readonly turnId: string;
  readonly chatflowId: string;
  /** Whole credits, at least 1. */
  readonly amount: number;
  /** After this moment the hold is certainly orphaned. */
  readonly expiresAt: Date;
}

/**
 * The credits of one account (today: one user's) as one document, so that a balance and the ledger entry that explains it change together.
 *
 * A turn that is over leaves its id in `settledTurns`, which makes a late hold of it fail in the same atomic update that would
 * take the credits. So that the list stays short, old ids are forgotten: `settledUpTo` is then the greatest id
 * ever forgotten, and only a turn with an id beyond it is certainly new. The others are looked up in the ledger first.
 */
export interface CreditAccount {
  readonly accountId: string;
  readonly available: number;
  readonly holds: readonly Hold[];
  /** Entries that are not yet certain to be in the ledger. */
  readonly outbox: readonly LedgerEntry[];
  /** Turns that were captured or released, or closed before they were ever held; oldest first. */
  readonly settledTurns: readonly string[];
  readonly settledUpTo: string;
  /** Counts up whenever something is taken off `outbox` or `settledTurns`: unchanged, nothing was forgotten in between. */
  readonly revision: number;
}

/** Whole credits in all holds. */
export function heldIn(account: Pick<CreditAccount, 'holds'>): number {
  return account.holds.reduce((sum, { amount }) => sum + amount, 0);
}

/** What an account is worth: the ledger's entries must sum to it. */
export function worthInAccount(account: Pick<CreditAccount, 'available' | 'holds'>): number {
  return account.available + heldIn(account);
}

/** The entry that ended the turn, as far as the account itself still shows it. */
export function settlementInOutbox(account: CreditAccount, turnId: string): LedgerEntry | undefined {
  return account.outbox.find(
    (entry) => entry.turnId === turnId && (entry.kind === 'capture' || entry.kind === 'release'),
  );
}
