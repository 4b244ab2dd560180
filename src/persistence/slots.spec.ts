import { insertIntoSlot } from './slots.js';

const TAKEN = new Error('taken');

/** Slots of one owner, of which two inserts at once see the same free ones. */
function setUp(slots: (number | undefined)[], max: number) {
  const insert = async (slot: number): Promise<void> => {
    await Promise.resolve();
    if (slots.includes(slot)) throw TAKEN;
    slots.push(slot);
  };
  const add = () =>
    insertIntoSlot(
      max,
      async () => [...slots],
      insert,
      (error) => error === TAKEN,
    );
  return { slots, add };
}

describe('insertIntoSlot', () => {
  it('lets exactly as many in as there is room for', async () => {
    const { slots, add } = setUp([], 5);
    const results = await Promise.all(Array.from({ length: 60 }, add));
    expect(results.filter((one) => one)).toHaveLength(5);
    expect([...slots].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('counts documents that have no slot', async () => {
    const { slots, add } = setUp([undefined, undefined, 4], 5);
    const results = await Promise.all(Array.from({ length: 60 }, add));
    expect(results.filter((one) => one)).toHaveLength(2);
    expect(slots).toHaveLength(5);
  });

  it('passes other failures on', async () => {
    const fails = insertIntoSlot(
      1,
      async () => [],
      () => Promise.reject(new Error('no connection')),
      () => false,
    );
    await expect(fails).rejects.toThrow('no connection');
  });

  it('does not go on for ever', async () => {
    let inserts = 0;
    const never = insertIntoSlot(
      3,
      async () => [],
      () => Promise.reject(((inserts += 1), TAKEN)),
      () => true,
    );
    expect([await never, inserts]).toEqual([false, 4]);
  });
});
