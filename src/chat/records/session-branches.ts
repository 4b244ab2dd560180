import type { BranchPath, Stretch } from './branch-path.js';

/** A place at which a session goes on elsewhere than at its end. In positions of messages. */
export interface Fork {
  /** The message there … */
  readonly at: number;
  /** … follows this one, which is not the one before it; -1: it follows none. */
  readonly after: number;
}

/**
 * How many forks a session has at most: each turn that is asked elsewhere than behind the last one makes one. They are read with the session
 * and written with it at 30 bytes each.
 */
export const MAX_FORKS = 1000;

/** Where a message stands among those that follow the same one. */
export interface SiblingPlace {
  /** From 1, in the order in which they were asked. */
  readonly index: number;
  readonly count: number;
  /** Positions of its neighbours. */
  readonly previous?: number;
  readonly next?: number;
}

/**
 * The branches of a session. Its messages are numbered in the order in which they were asked, whatever they follow; so between two forks each
 * follows the one before it, the last one is the end of the branch that was asked last, and nothing but the forks has to be read to find the
 * way to any message.
 */
export class SessionBranches {
  private readonly behind = new Map<number, number[]>();

  /**
   * @param forks by `at`
   * @param count of the session's messages, all branches together
   */
  constructor(
    private readonly forks: readonly Fork[],
    private readonly count: number,
  ) {
    for (const { at, after } of forks) {
      const others = this.behind.get(after);
      if (others === undefined) this.behind.set(after, [at]);
      else others.push(at);
    }
  }

  get areSeveral(): boolean {
    return this.forks.length > 0;
  }

  /** The end of the branch that was asked last; -1 in an empty session. */
  get current(): number {
    return this.count - 1;
  }

  /** All messages, in the order in which they were asked: the way to none of them. */
  get all(): BranchPath {
    return this.count === 0 ? [] : [{ from: 0, to: this.count - 1 }];
  }

  /** The way to a message; to none of them, -1, there is none. */
  pathTo(position: number): BranchPath {
    const path: Stretch[] = [];
    for (let to = position; to >= 0;) {
      const fork = this.forks[this.forkBefore(to)];
      path.push({ from: fork?.at ?? 0, to });
      to = fork?.after ?? -1;
    }
    return path.reverse();
  }

  /** The message that another follows; -1: none. */
  parentOf(position: number): number {
    const fork = this.forks[this.forkBefore(position)];
    return fork?.at === position ? fork.after : position - 1;
  }

  /** @returns undefined for one that has none */
  siblingsOf(position: number): SiblingPlace | undefined {
    const parent = this.parentOf(position);
    const forked = this.behind.get(parent);
    if (forked === undefined) return undefined;
    const first = parent + 1;
    const isFollowed = first < this.count && this.parentOf(first) === parent;
    const all = isFollowed ? [first, ...forked] : forked;
    if (all.length < 2) return undefined;
    const index = all.indexOf(position);
    const [previous, next] = [all[index - 1], all[index + 1]];
    return {
      index: index + 1,
      count: all.length,
      ...(previous === undefined ? {} : { previous }),
      ...(next === undefined ? {} : { next }),
    };
  }

  /** Of all that goes on from a message, what was asked last; the message itself when nothing does. */
  newestFrom(position: number): number {
    const own = this.forkBefore(position);
    const ends = new Set<number>();
    let newest = own;
    for (let index = own + 1; index < this.forks.length; index++) {
      const after = this.forks[index]?.after ?? -1;
      const from = this.forkBefore(after);
      if ((from === own && after >= position) || ends.has(from)) {
        ends.add(index);
        newest = index;
      }
    }
    return (this.forks[newest + 1]?.at ?? this.count) - 1;
  }

  /** The index of the last fork at or before a message; -1: it lies before all. */
  private forkBefore(position: number): number {
    let [low, high] = [0, this.forks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.forks[middle]?.at ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
