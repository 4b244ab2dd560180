import {
  CHEAP_REPAIR_CHARACTERS,
  MAX_REPAIR_CHARACTERS_PER_TURN,
  MAX_REPAIR_MS_PER_SECOND,
  RepairBudget,
} from './repair-budget.js';

const DEAR = CHEAP_REPAIR_CHARACTERS + 1;

/** A clock that only repairs move. */
function setUp() {
  let time = 0;
  const budget = new RepairBudget(() => time);
  const repair = (turn: object, characters: number, milliseconds: number) =>
    budget.spend(turn, characters, () => {
      time += milliseconds;
      return 'done';
    });
  return { repair, wait: (milliseconds: number) => (time += milliseconds) };
}

describe('RepairBudget', () => {
  it('gives all turns together so many milliseconds of a second', () => {
    const { repair, wait } = setUp();
    const tenth = MAX_REPAIR_MS_PER_SECOND / 10;
    const tried = (count: number) =>
      Array.from({ length: count }, () => repair({}, DEAR, tenth)).filter(Boolean).length;
    expect(tried(100)).toBe(10);
    wait(1000 - MAX_REPAIR_MS_PER_SECOND - 1);
    expect(tried(1)).toBe(0);
    wait(1);
    expect(tried(100)).toBe(10);
  });

  it('counts the time of a repair that throws', () => {
    const budget = new RepairBudget(() => (clock += MAX_REPAIR_MS_PER_SECOND));
    let clock = 0;
    const failing = () =>
      budget.spend({}, DEAR, () => {
        throw new Error('beyond repair');
      });
    expect(failing).toThrow('beyond repair');
    expect(failing()).toBeUndefined();
    expect(budget.spend({}, CHEAP_REPAIR_CHARACTERS, () => 'done')).toBe('done');
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
