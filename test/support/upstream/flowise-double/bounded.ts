/** A test that asks more often than this has another purpose than looking each answer up. */
export const KEPT = 20_000;

/** Appends, and lets go of the oldest when there are too many. */
export function pushBounded<T>(list: T[], item: T, limit = KEPT): void {
  list.push(item);
  if (list.length > limit) list.shift();
}

/** Sets, and lets go of the oldest key when there are too many. */
export function setBounded<T>(map: Map<string, T>, key: string, value: T, limit = KEPT): void {
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > limit && oldest.done !== true) map.delete(oldest.value);
}
