import { newId } from '../../platform/ids.js';
import { forgottenTurns } from './forgotten-turns.js';

const NOW = 1_800_000_000_000;
const turnsOf = (count: number, at: number) => Array.from({ length: count }, (_, index) => newId(at + index));

describe('forgottenTurns', () => {
  it('are those that the ledger knows and that are older than a late hold can be', () => {
    const [old, young] = [newId(NOW - 1000), newId(NOW - 999)];
    expect(forgottenTurns({ settledTurns: [old, young] }, NOW)).toEqual([old]);
    // A turn that ran for long is settled behind younger ones.
    expect(forgottenTurns({ settledTurns: [young, old] }, NOW)).toEqual([old]);
  });

  it('are not those that were closed without a hold, until there are many', () => {
    const closed = newId(NOW - 60_000);
    const old = turnsOf(10, NOW - 5000);
    expect(forgottenTurns({ settledTurns: [closed, ...old], closedTurns: [closed] }, NOW)).toEqual(old);
    const young = turnsOf(64, NOW - 500);
    expect(forgottenTurns({ settledTurns: [closed, ...young], closedTurns: [closed] }, NOW)).toEqual([
      closed,
      ...young.slice(0, -32),
    ]);
  });

  it('are all but the latest where there are many', () => {
    const settledTurns = turnsOf(65, NOW - 500);
    expect(forgottenTurns({ settledTurns }, NOW)).toEqual(settledTurns.slice(0, -32));
    expect(forgottenTurns({ settledTurns: settledTurns.slice(1) }, NOW)).toEqual([]);
  });

  it('are those that only the list of closed ones has', () => {
    expect(forgottenTurns({ settledTurns: [], closedTurns: [newId(NOW)] }, NOW)).toHaveLength(1);
  });
});
