import { randomInt } from 'node:crypto';

/**
 * Inserts a document into one of its owner's slots, of which there are only so many: counting first and inserting then would let any number in
 * at once. A unique index over owner and slot decides between those who want the same one, on whatever instance they are. Documents from
 * before there were slots have none; each keeps one of them free.
 * @param taken the slots of the owner's documents, `undefined` for a document without one
 * @param insert rejects when somebody else has taken the slot meanwhile
 * @param isTaken whether it was rejected because of that
 * @returns whether there was room
 */
export async function insertIntoSlot(
  max: number,
  taken: () => Promise<readonly (number | undefined)[]>,
  insert: (slot: number) => Promise<unknown>,
  isTaken: (error: unknown) => boolean,
): Promise<boolean> {
  // Each time that somebody else was first there is one slot less; beyond this somebody removes documents as fast as others come.
  for (let attempt = 0; attempt <= max; attempt += 1) {
    const free = freeSlots(await taken(), max);
    if (free.length === 0) return false;
    try {
      // Not the first: many at once would all want that.
      await insert(free[randomInt(free.length)] ?? 0);
      return true;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  return false;
}

/** The first so many that nobody has: all who look at the same time may take one of the same few. */
function freeSlots(taken: readonly (number | undefined)[], max: number): number[] {
  const slots = new Set(taken);
  return Array.from({ length: max }, (_, slot) => slot)
    .filter((slot) => !slots.has(slot))
    .slice(0, Math.max(max - taken.length, 0));
}
