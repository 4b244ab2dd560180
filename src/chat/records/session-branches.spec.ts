import {
  behind,
  behindEach,
  firstOf,
  lastOf,
  lengthOf,
  positionsOf,
  upTo,
  type BranchPath,
} from './branch-path.js';
import { SessionBranches, type Fork } from './session-branches.js';

/** A small generator, so that a failure comes again. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

/** A session whose turns follow anything, with what each message follows. */
function grown(turns: number, seed: number) {
  const random = numbers(seed);
  const next = (): number => random.next().value as number;
  const parents: number[] = [];
  const forks: Fork[] = [];
  for (let at = 0; at < 2 * turns; at += 2) {
    const after = at === 0 || next() < 0.4 ? at - 1 : 2 * Math.floor((next() * (at + 2)) / 2) - 1;
    if (after !== at - 1) forks.push({ at, after });
    parents.push(after, at);
  }
  return { parents, branches: new SessionBranches(forks, 2 * turns) };
}

function wayTo(parents: readonly number[], position: number): number[] {
  const way: number[] = [];
  for (let at = position; at >= 0; at = parents[at] ?? -1) way.unshift(at);
  return way;
}

describe('SessionBranches', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed + 1))(
    'says of a session grown at random (%i) what its messages follow, and what follows them',
    (seed) => {
      const { parents, branches } = grown(20, seed);
      for (const [position, parent] of parents.entries()) {
        expect(branches.parentOf(position)).toBe(parent);
        expect(positionsOf(branches.pathTo(position))).toEqual(wayTo(parents, position));
        const siblings = parents.flatMap((other, at) => (other === parent ? [at] : []));
        const index = siblings.indexOf(position);
        const [previous, next] = [siblings[index - 1], siblings[index + 1]];
        expect(branches.siblingsOf(position)).toEqual(
          siblings.length < 2
            ? undefined
            : {
                index: index + 1,
                count: siblings.length,
                ...(previous === undefined ? {} : { previous }),
                ...(next === undefined ? {} : { next }),
              },
        );
        const newest = parents.findLastIndex((_, at) => wayTo(parents, at).includes(position));
        expect(branches.newestFrom(position)).toBe(newest);
      }
    },
  );

  it('is one way through a session that was never gone on with elsewhere', () => {
    const branches = new SessionBranches([], 8);
    expect(branches.areSeveral).toBe(false);
    expect(branches.pathTo(branches.current)).toEqual([{ from: 0, to: 7 }]);
    expect(branches.newestFrom(2)).toBe(7);
    expect(branches.siblingsOf(2)).toBeUndefined();
  });

  it('has no way through an empty session', () => {
    const branches = new SessionBranches([], 0);
    expect(branches.current).toBe(-1);
    expect(branches.pathTo(-1)).toEqual([]);
    expect(branches.all).toEqual([]);
  });
});

describe('a path', () => {
  const path: BranchPath = [
    { from: 0, to: 3 },
    { from: 8, to: 9 },
    { from: 20, to: 25 },
  ];
  const whole = positionsOf(path);

  it('is cut at either end by number and by position', () => {
    expect(lengthOf(path)).toBe(12);
    for (let count = 0; count <= 13; count++) {
      expect(positionsOf(firstOf(path, count))).toEqual(whole.slice(0, count));
      expect(positionsOf(lastOf(path, count))).toEqual(count === 0 ? [] : whole.slice(-count));
    }
    for (let position = -1; position <= 26; position++) {
      expect(positionsOf(behind(path, position))).toEqual(whole.filter((other) => other > position));
      expect(positionsOf(upTo(path, position))).toEqual(whole.filter((other) => other <= position));
    }
  });

  it('has a place behind each of its messages, and behind the one before it', () => {
    expect(behindEach(path, -1)).toEqual([
      { from: 0, to: 4 },
      { from: 9, to: 10 },
      { from: 21, to: 26 },
    ]);
    expect(behindEach(behind(path, 3), 3)).toEqual([
      { from: 4, to: 4 },
      { from: 9, to: 10 },
      { from: 21, to: 26 },
    ]);
    expect(behindEach([], 7)).toEqual([{ from: 8, to: 8 }]);
  });
});
