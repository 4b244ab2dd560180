/** What one turn may have tried to mend, in characters of JSON. */
export const MAX_REPAIR_CHARACTERS_PER_TURN = 256 * 1024;
/** What the whole process spends on it within a second, in milliseconds: a tenth. The repair that reaches it is still finished. */
export const MAX_REPAIR_MS_PER_SECOND = 100;
/** Up to this length a repair costs so little that only its turn's budget counts: a pause of a busy machine must not break anybody's answer. */
export const CHEAP_REPAIR_CHARACTERS = 1024;

const SECOND_MS = 1000;

/** How much may be repaired: by each turn, and by all together, whose event loop it is. */
export class RepairBudget {
  private secondBegan = Number.NEGATIVE_INFINITY;
  private spentMs = 0;
  private readonly charactersOfTurns = new WeakMap<object, number>();

  /** @param now a clock in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * @param turn stands for the turn, the same for all of its repairs
   * @param repair not run when a budget is used up
   * @returns `undefined` in that case, too
   */
  spend<T>(turn: object, characters: number, repair: () => T): T | undefined {
    const before = this.charactersOfTurns.get(turn) ?? 0;
    const began = this.now();
    if (began - this.secondBegan >= SECOND_MS) {
      this.secondBegan = began;
      this.spentMs = 0;
    }
    if (before + characters > MAX_REPAIR_CHARACTERS_PER_TURN) return undefined;
    const isCheap = characters <= CHEAP_REPAIR_CHARACTERS;
    if (!isCheap && this.spentMs >= MAX_REPAIR_MS_PER_SECOND) return undefined;
    this.charactersOfTurns.set(turn, before + characters);
    try {
      return repair();
    } finally {
      this.spentMs += this.now() - began;
    }
  }
}
