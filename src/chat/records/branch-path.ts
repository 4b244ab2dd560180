/** Positions of a session's messages, both ends included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The way from a session's first message to one of its others: positions in order, each stretch behind the one before it. */
export type BranchPath = readonly Stretch[];

export function lengthOf(path: BranchPath): number {
  return path.reduce((length, { from, to }) => length + to - from + 1, 0);
}

/** Those behind a position. */
export function behind(path: BranchPath, position: number): BranchPath {
  return path.flatMap(({ from, to }) => (to <= position ? [] : [{ from: Math.max(from, position + 1), to }]));
}

/** Those up to a position. */
export function upTo(path: BranchPath, position: number): BranchPath {
  return path.flatMap(({ from, to }) => (from > position ? [] : [{ from, to: Math.min(to, position) }]));
}

/** The first `count`. */
export function firstOf(path: BranchPath, count: number): BranchPath {
  let left = count;
  const kept: Stretch[] = [];
  for (const { from, to } of path) {
    if (left <= 0) break;
    const end = Math.min(to, from + left - 1);
    kept.push({ from, to: end });
    left -= end - from + 1;
  }
  return kept;
}

/** The last `count`. */
export function lastOf(path: BranchPath, count: number): BranchPath {
  const skipped = lengthOf(path) - count;
  if (skipped <= 0) return path;
  return behind(path, firstOf(path, skipped).at(-1)?.to ?? -1);
}

/** Each of its positions. Only of what was cut to a number of them. */
export function positionsOf(path: BranchPath): number[] {
  return path.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
}

/** The positions right behind each of these, and behind `first`, which lies before them all. */
export function behindEach(path: BranchPath, first: number): BranchPath {
  const [next, ...others] = path.map(({ from, to }) => ({ from: from + 1, to: to + 1 }));
  const place = first + 1;
  if (next === undefined) return [{ from: place, to: place }];
  return next.from === place + 1
    ? [{ from: place, to: next.to }, ...others]
    : [{ from: place, to: place }, next, ...others];
}
