/** @jest-environment node */
import {
  CHEAP_REPAIR_CHARACTERS,
  MAX_DEAR_REPAIR_MS_PER_SECOND,
  MAX_REPAIR_CHARACTERS_PER_TURN,
  MAX_REPAIR_MS,
  MAX_REPAIR_MS_PER_SECOND,
  RepairBudget,
} from './repair-budget.js';

const CHEAP = CHEAP_REPAIR_CHARACTERS;
const DEAR = CHEAP_REPAIR_CHARACTERS + 1;

/** A clock that only repairs move, and nothing that cuts them off. */
function setUp() {
  let time = 0;
  const limits: number[] = [];
  const budget = new RepairBudget(
    () => time,
    (milliseconds, work) => {
      limits.push(milliseconds);
      return work();
    },
  );
  const repair = (turn: object, characters: number, milliseconds: number) =>
    budget.spend(turn, characters, () => {
      time += milliseconds;
      return 'done';
    });
  const tried = (count: number, characters: number, milliseconds: number) =>
    Array.from({ length: count }, () => repair({}, characters, milliseconds)).filter(Boolean).length;
  return { repair, tried, limits, wait: (milliseconds: number) => (time += milliseconds) };
}

describe('RepairBudget', () => {
  it('gives all turns together so many milliseconds of a second, of which the short ones keep a part', () => {
    const { tried, limits, wait } = setUp();
    const dear = MAX_DEAR_REPAIR_MS_PER_SECOND / MAX_REPAIR_MS;
    const cheap = (MAX_REPAIR_MS_PER_SECOND - MAX_DEAR_REPAIR_MS_PER_SECOND) / MAX_REPAIR_MS;
    for (let second = 0; second < 2; second += 1) {
      expect(tried(100, DEAR, MAX_REPAIR_MS)).toBe(dear);
      expect(tried(100, CHEAP, MAX_REPAIR_MS)).toBe(cheap);
      expect(tried(1, DEAR, 1)).toBe(0);
      wait(1000 - MAX_REPAIR_MS_PER_SECOND);
    }
    // Only the long ones are cut off.
    expect(limits).toEqual(Array.from({ length: dear * 2 }, () => MAX_REPAIR_MS));
  });

  it('does not count the pauses of a busy machine against short repairs', () => {
    const { tried } = setUp();
    expect(tried(3, CHEAP, 300)).toBe(3);
  });

  it('counts the time of a repair that throws, and of one that is cut off', () => {
    let clock = 0;
    const budget = new RepairBudget(
      () => (clock += MAX_DEAR_REPAIR_MS_PER_SECOND),
      (_, work) => work(),
    );
    const failing = () =>
      budget.spend({}, DEAR, () => {
        throw new Error('beyond repair');
      });
    expect(failing).toThrow('beyond repair');
    expect(failing()).toBeUndefined();
    expect(budget.spend({}, CHEAP, () => 'done')).toBe('done');
    const real = new RepairBudget();
    const endless = () => {
      for (;;);
    };
    // Each takes as long as it may, of which there is so much in a second: then none is begun.
    let begun = 0;
    for (let attempt = 0; attempt < 30; attempt += 1)
      expect(
        real.spend({}, DEAR, () => {
          begun += 1;
          endless();
        }),
      ).toBeUndefined();
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThan(30);
  });

  it('gives a turn so many characters, and takes nothing from the others', () => {
    const { repair, wait } = setUp();
    const [turn, other] = [{}, {}];
    const half = MAX_REPAIR_CHARACTERS_PER_TURN / 2;
    expect([half, half, 1].map((characters) => repair(turn, characters, 0))).toEqual([
      'done',
      'done',
      undefined,
    ]);
    wait(60_000);
    expect(repair(turn, 1, 0)).toBeUndefined();
    expect(repair(other, half, 0)).toBe('done');
  });
});
