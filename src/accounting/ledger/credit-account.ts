import type { LedgerEntry } from './ledger-entry.js';

/** Credits set aside for a running turn. */
export interface Hold {
  readonly turnId: string;
  readonly chatflowId: string;
  /** Whole credits, at least 1. */
  readonly amount: number;
  /** After this moment the hold is certainly orphaned. */
  readonly expiresAt: Date;
  /** The API key whose cap it was taken out of as well. */
  readonly keyId?: string;
}

/**
 * The credits of one account (today: one user's) as one document, so that a balance and the ledger entry that explains it change together.
 *
 * A turn that is over leaves its id in `settledTurns`, which makes a late hold of it fail in the same atomic update that would
 * take the credits. So that the list stays short, old ids are forgotten (`forgotten-turns.ts`): `settledUpTo` is then the greatest id
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
  /**
   * The API keys with a cap of credits, by their ids: as many as a user may have keys. One leaves with its key, and is never there again.
   * Absent in accounts that never had any.
   */
  readonly keyCaps?: Readonly<Record<string, KeyCap>>;
  /** Counts up whenever something is taken off `outbox` or `settledTurns`: unchanged, nothing was forgotten in between. */
  readonly revision: number;
}

/** What waits on an account to be moved or forgotten: without the holds, which may be hundreds. */
export type AccountOutbox = Pick<CreditAccount, 'accountId' | 'outbox' | 'settledTurns'>;

/** What an API key may spend, in whole credits. */
export interface KeyCap {
  readonly cap: number;
  /** What is left of it: less than nothing when the cap was lowered below what was spent. */
  readonly left: number;
}

/** How a write of a turn that was asked with an API key has to do with the key's cap. */
export interface KeyShare {
  readonly id: string;
  /** `no`: the key has no cap · `yes`: it counts against it · `gone`: it did, and the key is revoked. */
  readonly counts: 'no' | 'yes' | 'gone';
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
