import { timeOfId } from '../../platform/ids.js';

/** A hold that comes later than this behind the beginning of its turn, or from an instance whose clock is as far behind, asks the ledger first. */
const REMEMBERED_MS = 1000;
/** Nobody answers as late as this: what is not held by then never will be. */
const REMEMBERED_UNKNOWN_MS = 24 * 3600 * 1000;
/** With more settled turns on an account all but the latest `REMEMBERED` of each sort are forgotten. */
export const MAX_REMEMBERED_TURNS = 64;
const REMEMBERED = 32;

/**
 * The settled turns that an account need not remember any more: every write of the account carries them all. One whose settlement is in the ledger may
 * go as soon as no hold can be expected to be on its way behind newer ones. Of the others some were closed without a hold and have left
 * no other trace; they stay for as long as there is room, and don't make room for turns that the ledger knows.
 * @param settledTurns oldest first
 * @param isInLedger whether the turn's settlement is certainly there
 * @param now milliseconds since the epoch
 */
export function forgottenTurns(
  settledTurns: readonly string[],
  isInLedger: (turnId: string) => boolean,
  now: number,
): readonly string[] {
  const isOld = (turnId: string): boolean =>
    now - timeOfId(turnId) >= (isInLedger(turnId) ? REMEMBERED_MS : REMEMBERED_UNKNOWN_MS);
  const young = settledTurns.filter((turnId) => !isOld(turnId));
  const kept = new Set(young.length > MAX_REMEMBERED_TURNS ? latestOfEachSort(young, isInLedger) : young);
  return settledTurns.filter((turnId) => !kept.has(turnId));
}

function latestOfEachSort(turns: readonly string[], isInLedger: (turnId: string) => boolean): string[] {
  const others = turns.filter((turnId) => !isInLedger(turnId));
  return [...turns.filter(isInLedger).slice(-REMEMBERED), ...others.slice(-REMEMBERED)];
}
