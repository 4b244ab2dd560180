import { timeOfId } from '../../platform/ids.js';
import type { AccountOutbox } from './credit-account.js';

/** A hold that comes later than this behind the beginning of its turn, or from an instance whose clock is as far behind, asks the ledger first. */
const REMEMBERED_MS = 1000;
/** With more settled turns on an account all but the latest `REMEMBERED` are forgotten, whatever they are. */
export const MAX_REMEMBERED_TURNS = 64;
const REMEMBERED = 32;

/**
 * The settled turns that an account need not remember any more: every write of the account carries them all. One that the ledger knows may go as
 * soon as no hold can be expected to be on its way behind newer ones; one that was closed without a hold has left no other trace,
 * and stays for as long as there is room.
 * @param now milliseconds since the epoch
 */
export function forgottenTurns(
  { settledTurns, closedTurns }: Pick<AccountOutbox, 'settledTurns' | 'closedTurns'>,
  now: number,
): readonly string[] {
  const closed = new Set(closedTurns);
  const isOld = (turnId: string): boolean => !closed.has(turnId) && now - timeOfId(turnId) >= REMEMBERED_MS;
  const remembered = settledTurns.filter((turnId) => !isOld(turnId));
  const kept = new Set(remembered.length > MAX_REMEMBERED_TURNS ? remembered.slice(-REMEMBERED) : remembered);
  // Closed ones are looked through too: an instance of a version that does not know their list takes turns off the other one only.
  return [...new Set([...settledTurns, ...closed])].filter((turnId) => !kept.has(turnId));
}
