import { runWithin } from './run-within.js';

/** What one turn may have tried to mend, in characters of JSON. */
export const MAX_REPAIR_CHARACTERS_PER_TURN = 256 * 1024;
/** What the whole process spends on it within a second, in milliseconds: a tenth. */
export const MAX_REPAIR_MS_PER_SECOND = 100;
/** Of these, what is spent on repairs that are not cheap: they leave the others as much. */
export const MAX_DEAR_REPAIR_MS_PER_SECOND = 50;
/** Up to this length the worst repair that was found takes less than three milliseconds, so that none is cut off: a pause of a busy machine must not break an answer. */
export const CHEAP_REPAIR_CHARACTERS = 1024;
/** A longer repair is cut off after this: its cost grows with the cube of the length for some inputs, and the whole process stands still meanwhile. */
export const MAX_REPAIR_MS = 5;

const SECOND_MS = 1000;

/** How much may be repaired: by each turn, and by all together, whose event loop it is. */
export class RepairBudget {
  private secondBegan = Number.NEGATIVE_INFINITY;
  private spentMs = 0;
  private readonly charactersOfTurns = new WeakMap<object, number>();

  /**
   * @param now a clock in milliseconds
   * @param within runs what may take no longer than this
   */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly within: typeof runWithin = runWithin,
  ) {}

  /**
   * @param turn stands for the turn, the same for all of its repairs
   * @param repair not run when a budget is used up; it may be cut off anywhere
   * @returns `undefined` in these cases, too
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
    if (this.spentMs >= (isCheap ? MAX_REPAIR_MS_PER_SECOND : MAX_DEAR_REPAIR_MS_PER_SECOND))
      return undefined;
    this.charactersOfTurns.set(turn, before + characters);
    try {
      return isCheap ? repair() : this.within(MAX_REPAIR_MS, repair);
    } finally {
      const tookMs = this.now() - began;
      // More than that was not the repair but the machine.
      this.spentMs += isCheap ? Math.min(tookMs, MAX_REPAIR_MS) : tookMs;
    }
  }
}
