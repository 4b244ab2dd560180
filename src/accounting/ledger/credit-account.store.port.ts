import type { PlannedWrite } from '../../platform/planned-write.js';
import type { AccountOutbox, CreditAccount, Hold, KeyCap, KeyShare } from './credit-account.js';
import type { LedgerEntry } from './ledger-entry.js';

/** Entries and turns to take off an account because the ledger has them. */
export interface AccountClearing {
  readonly accountId: string;
  readonly entryIds: readonly string[];
  readonly forgottenTurns: readonly string[];
}

/**
 * The credit accounts. Every write is one atomic update of one account and durable when its promise resolves; a write that
 * returns `false` found its condition unmet and changed nothing.
 *
 * All methods throw `accounting_unavailable` when the database can't be reached; the write may have happened then.
 */
export abstract class CreditAccountStore {
  abstract find(accountId: string): Promise<CreditAccount | undefined>;
  /** The accounts that exist among these, in no order. */
  abstract findMany(accountIds: readonly string[]): Promise<readonly CreditAccount[]>;
  /** Of the accounts that exist among these, in no order. */
  abstract outboxesOf(accountIds: readonly string[]): Promise<readonly AccountOutbox[]>;
  /** Opens the account unless it exists, worth what the grant says, or nothing without one. */
  abstract open(accountId: string, openedAt: Date, grant?: LedgerEntry): Promise<void>;

  /**
   * Moves credits from available to held, if there are enough and the turn is neither held nor settled.
   * @param revision given when the caller made sure that the ledger doesn't know the turn, at this revision of the account; without
   *   it only turns beyond `settledUpTo` are held
   * @param key given for a turn that was asked with one: with `yes` only if as much is left of its cap, with `no` only if it has none
   */
  abstract hold(
    accountId: string,
    hold: Hold,
    entry: LedgerEntry,
    key?: KeyShare,
    revision?: number,
  ): Promise<boolean>;
  /**
   * Why a turn that is neither held nor settled can't be held: there is too little.
   * @returns what is available, or `undefined` when that is not certainly the reason
   */
  abstract shortOf(accountId: string, hold: Pick<Hold, 'turnId' | 'amount'>): Promise<number | undefined>;
  /** The same for what is left of a key's cap. @returns what is left, or `undefined` when that is not certainly the reason */
  abstract shortOfCap(
    accountId: string,
    hold: Pick<Hold, 'turnId' | 'amount'>,
    keyId: string,
  ): Promise<number | undefined>;
  /** Ends the hold of exactly this turn, amount and share; a `release` entry gives the credits back, to the key's cap as well. */
  abstract settle(
    accountId: string,
    hold: Pick<Hold, 'turnId' | 'amount'>,
    entry: LedgerEntry,
    key?: KeyShare,
  ): Promise<boolean>;
  /** `hold` without a revision, to be made by another store. */
  abstract planHold(accountId: string, hold: Hold, entry: LedgerEntry, key?: KeyShare): PlannedWrite;
  /** `settle` for an account that is certainly there, to be made by another store; it is refused where `settle` answers `false`. */
  abstract planSettlement(
    accountId: string,
    hold: Pick<Hold, 'turnId' | 'amount'>,
    entry: LedgerEntry,
    key?: KeyShare,
  ): PlannedWrite;
  /** Marks a turn as settled that is not held, so that it never will be. Only at this revision. */
  abstract close(accountId: string, turnId: string, revision: number): Promise<boolean>;
  /**
   * Adds the entry's amount to what is available, unless less than nothing would be left.
   * @param revision given: only at this revision, and only if the entry is not in the outbox
   * @param toKey given: gives it back to what is left of this key's cap as well, only if that is there
   */
  abstract post(entry: LedgerEntry, revision?: number, toKey?: string): Promise<boolean>;

  /** The caps of an account's keys, by the keys' ids; none for an account that is not there. */
  abstract keyCaps(accountId: string): Promise<Readonly<Record<string, KeyCap>>>;
  /** Gives a key a cap of which nothing is spent, if it has none. */
  abstract addKeyCap(accountId: string, keyId: string, cap: number): Promise<boolean>;
  /** Changes a cap that is still the one that was read; what was spent of it stays spent. */
  abstract changeKeyCap(accountId: string, keyId: string, read: KeyCap, cap: number): Promise<boolean>;
  /** To be called with keys that are no more. Idempotent. */
  abstract removeKeyCaps(accountId: string, keyIds: readonly string[]): Promise<void>;

  /** Takes off what is named, if it is still there; raises `settledUpTo` and `revision`. */
  abstract clear(clearings: readonly AccountClearing[]): Promise<void>;
  /** Accounts whose outbox has an entry made before `madeBefore`, at most `limit`. */
  abstract findWithOutbox(madeBefore: Date, limit: number): Promise<readonly string[]>;
  /** Every account, in batches in the order of their ids, read as it goes. */
  abstract batches(size: number): AsyncIterable<readonly CreditAccount[]>;
}
