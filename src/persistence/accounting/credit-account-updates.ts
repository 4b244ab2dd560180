import type { Hold, KeyShare } from '../../accounting/ledger/credit-account.js';
import type { LedgerEntry } from '../../accounting/ledger/ledger-entry.js';
import { toEntryDocument } from './ledger-entry.mapper.js';

export function holding(hold: Hold, entry: LedgerEntry, key: KeyShare | undefined) {
  const { amount } = hold;
  return {
    $inc: { available: -amount, ...(key?.counts === 'yes' ? { [leftOf(key.id)]: -amount } : {}) },
    $push: { holds: hold, outbox: toEntryDocument(entry) },
  };
}

export const capOf = (keyId: string): string => `keyCaps.${keyId}`;
export const leftOf = (keyId: string): string => `keyCaps.${keyId}.left`;

export function capAllows(key: KeyShare | undefined, { amount }: Pick<Hold, 'amount'>) {
  if (key === undefined) return {};
  return key.counts === 'yes'
    ? { [leftOf(key.id)]: { $gte: amount } }
    : { [capOf(key.id)]: { $exists: false } };
}

/** A turn that no key has asked never counts against a cap, so nothing more is looked at. */
export function heldOn(
  accountId: string,
  { turnId, amount }: Pick<Hold, 'turnId' | 'amount'>,
  { kind }: LedgerEntry,
  key: KeyShare | undefined,
) {
  if (key === undefined) return { _id: accountId, holds: { $elemMatch: { turnId, amount } } };
  const { id, counts } = key;
  const keyId = counts === 'no' ? { $exists: false } : id;
  return {
    _id: accountId,
    holds: { $elemMatch: { turnId, amount, keyId } },
    ...(kind === 'release' && counts !== 'no' ? { [capOf(id)]: { $exists: counts === 'yes' } } : {}),
  };
}

export function settling(
  { turnId, amount }: Pick<Hold, 'turnId' | 'amount'>,
  entry: LedgerEntry,
  key: KeyShare | undefined,
) {
  const toKey = key?.counts === 'yes' ? { [leftOf(key.id)]: amount } : {};
  return {
    $pull: { holds: { turnId } },
    $push: { outbox: toEntryDocument(entry), settledTurns: turnId },
    ...(entry.kind === 'release' ? { $inc: { available: amount, ...toKey } } : {}),
  };
}

/** The account shows no trace of the turn. */
export function isOpenFor(turnId: string) {
  return { 'holds.turnId': { $ne: turnId }, settledTurns: { $ne: turnId } };
}

/** There is none that it may have forgotten either. */
export function isNew(turnId: string) {
  return { settledUpTo: { $lt: turnId }, ...isOpenFor(turnId) };
}
