import type { TurnOutcome } from '../../contract/chat-event.js';
import type { TransactionKind } from '../credit-ledger.port.js';

/** One line of the ledger. It is written once and never changed. */
export interface LedgerEntry {
  /** Derived from what the entry is about, so that writing it again finds it there: see `turnEntryId`. */
  readonly id: string;
  /** Whose account: a random id that says nothing about its user, so that rows outlive the user's erasure. */
  readonly accountId: string;
  readonly kind: TransactionKind;
  /** Whole credits; positive, except for `adjust`, which may be negative. */
  readonly amount: number;
  readonly turnId?: string;
  readonly chatflowId?: string;
  /** The API key whose cap it counts against. */
  readonly keyId?: string;
  /** How the turn ended, on `capture` and `release`. */
  readonly outcome?: TurnOutcome;
  /** Why, on entries made by a person. */
  readonly reason?: string;
  readonly createdAt: Date;
}

/** Kinds of entry that a turn can have, at most one each. */
export type TurnEntryKind = Extract<TransactionKind, 'hold' | 'capture' | 'release' | 'refund'>;

/** The id of a turn's entry on an account: one per turn, account and kind, whoever writes it and however often. */
export function turnEntryId(turnId: string, accountId: string, kind: TurnEntryKind): string {
  return `${turnId}:${accountId}:${kind}`;
}

/** The id of the grant that opens an account. */
export function signupEntryId(accountId: string): string {
  return `signup:${accountId}`;
}

/**
 * By how much an entry changes what an account is worth (available + held). Holding and giving back only move credits
 * between the two.
 */
export function worthOf(entry: Pick<LedgerEntry, 'kind' | 'amount'>): number {
  switch (entry.kind) {
    case 'grant':
    case 'adjust':
    case 'refund':
      return entry.amount;
    case 'capture':
      return -entry.amount;
    case 'hold':
    case 'release':
      return 0;
  }
}
