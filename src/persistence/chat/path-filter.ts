import { behind, firstOf, positionsOf, type BranchPath } from '../../chat/records/branch-path.js';

/**
 * The condition on positions that only those of a path fulfil: a range where that is one, else each of them, so that the index by position
 * leads to every document and to no other.
 * @param path cut to what one page holds, unless it is one stretch
 */
export function onPath(path: BranchPath) {
  const [first] = path;
  if (first === undefined) return { $in: [] };
  return path.length === 1 ? { $gte: first.from, $lte: first.to } : { $in: positionsOf(path) };
}

/** The same for the first `limit` behind `after`. The query has to be limited, too. */
export function pageOf(path: BranchPath, limit: number, after: number) {
  const rest = behind(path, after);
  return onPath(rest.length === 1 ? rest : firstOf(rest, limit));
}
