import { newId } from '../../platform/ids.js';
import { forgottenTurns } from './forgotten-turns.js';

const NOW = 1_800_000_000_000;
const DAY_MS = 24 * 3600 * 1000;
const turnsOf = (count: number, at: number) => Array.from({ length: count }, (_, index) => newId(at + index));
const all = (): boolean => true;
const allBut =
  (...unknown: string[]) =>
  (turnId: string): boolean =>
    !unknown.includes(turnId);

describe('forgottenTurns', () => {
  it('are those that the ledger knows and that are older than a late hold can be', () => {
    const [old, young] = [newId(NOW - 1000), newId(NOW - 999)];
    expect(forgottenTurns([old, young], all, NOW)).toEqual([old]);
    // A turn that ran for long is settled behind younger ones.
    expect(forgottenTurns([young, old], all, NOW)).toEqual([old]);
  });

  it('are not those of which the ledger may not know, for a day', () => {
    const closed = newId(NOW - DAY_MS + 1);
    const old = turnsOf(10, NOW - 5000);
    expect(forgottenTurns([closed, ...old], allBut(closed), NOW)).toEqual(old);
    expect(forgottenTurns([closed], allBut(closed), NOW + 1)).toEqual([closed]);
  });

  it('are all but the latest where there are many, and those that the ledger knows do not push out the others', () => {
    const settledTurns = turnsOf(65, NOW - 500);
    expect(forgottenTurns(settledTurns, all, NOW)).toEqual(settledTurns.slice(0, -32));
    expect(forgottenTurns(settledTurns.slice(1), all, NOW)).toEqual([]);
    const [first = ''] = settledTurns;
    expect(forgottenTurns(settledTurns, allBut(first), NOW)).toEqual(settledTurns.slice(1, -32));
    expect(forgottenTurns(settledTurns, () => false, NOW)).toEqual(settledTurns.slice(0, -32));
  });
});
