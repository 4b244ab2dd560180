import fc from 'fast-check';
import { AppError } from '../../../src/platform/errors/app.error.js';
import { newId } from '../../../src/platform/ids.js';
import { holderOf, TestTurn, type LedgerHarness } from './ledger-harness.js';

type Operation = 'hold' | 'capture' | 'release';
const OPERATIONS: Operation[] = ['hold', 'capture', 'release'];

/** What every implementation of `CreditLedger` promises. */
export function describeCreditLedger(open: () => Promise<LedgerHarness>): void {
  let books: LedgerHarness;
  let userId: string;

  beforeAll(async () => {
    books = await open();
  });
  beforeEach(() => {
    userId = newId();
  });
  afterEach(async () => {
    await books.rest();
    expect(await books.drift()).toBe(0);
  });
  afterAll(async () => {
    await books.close();
  });

  const run = async (turn: TestTurn, operation: Operation): Promise<number | undefined> => {
    if (operation === 'capture') return books.ledger.capture(turn.end('completed'));
    if (operation === 'release') return books.ledger.release(turn.end('failed'));
    await books.ledger.hold(turn.charge);
    return undefined;
  };
  const balance = async (holder = userId) => {
    await books.heard();
    return books.ledger.balance(holderOf(holder));
  };
  const settledOnce = async (turn: TestTurn): Promise<number> => {
    const { captured, released } = await books.settlements(userId, turn.turnId);
    expect(captured + released).toBe(1);
    return captured * turn.amount;
  };

  it('takes held credits out of what is available', async () => {
    await books.fund(userId, 10);
    await run(new TestTurn(userId, 3), 'hold');
    expect(await balance()).toEqual({ available: 7, held: 3 });
  });

  it('turns a hold into a charge', async () => {
    await books.fund(userId, 10);
    const turn = new TestTurn(userId, 3);
    await run(turn, 'hold');
    expect(await run(turn, 'capture')).toBe(3);
    expect(await balance()).toEqual({ available: 7, held: 0 });
  });

  it('gives a released hold back', async () => {
    await books.fund(userId, 10);
    const turn = new TestTurn(userId, 3);
    await run(turn, 'hold');
    expect(await run(turn, 'release')).toBe(0);
    expect(await balance()).toEqual({ available: 10, held: 0 });
  });

  it('refuses a hold that does not fit, says what is missing, and takes nothing', async () => {
    await books.fund(userId, 2);
    const refusal: unknown = await run(new TestTurn(userId, 3), 'hold').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({
      code: 'insufficient_credits',
      details: { required: 3, available: 2 },
    });
    expect(await balance()).toEqual({ available: 2, held: 0 });
  });

  it('holds to the last credit', async () => {
    await books.fund(userId, 3);
    await run(new TestTurn(userId, 3), 'hold');
    expect(await balance()).toEqual({ available: 0, held: 3 });
  });

  it('holds a refused turn once there is enough', async () => {
    await books.fund(userId, 1);
    const turn = new TestTurn(userId, 2);
    const other = new TestTurn(userId, 1);
    await run(other, 'hold');
    await expect(run(turn, 'hold')).rejects.toMatchObject({ code: 'insufficient_credits' });
    await run(other, 'release');
    await expect(run(turn, 'hold')).rejects.toMatchObject({ code: 'insufficient_credits' });
    expect(await balance()).toEqual({ available: 1, held: 0 });
  });

  it('holds a turn once, however often it is asked to', async () => {
    await books.fund(userId, 10);
    const turn = new TestTurn(userId, 3);
    await Promise.all(Array.from({ length: 8 }, () => run(turn, 'hold')));
    await run(turn, 'hold');
    expect(await balance()).toEqual({ available: 7, held: 3 });
  });

  it('answers repeated settlements with what was charged in the end', async () => {
    await books.fund(userId, 10);
    const [captured, released] = [new TestTurn(userId, 2), new TestTurn(userId, 3)];
    await run(captured, 'hold');
    await run(released, 'hold');
    expect([await run(captured, 'capture'), await run(released, 'release')]).toEqual([2, 0]);
    for (const rested of [false, true]) {
      if (rested) await books.rest();
      expect([await run(captured, 'release'), await run(captured, 'capture')]).toEqual([2, 2]);
      expect([await run(released, 'capture'), await run(released, 'release')]).toEqual([0, 0]);
    }
    expect(await balance()).toEqual({ available: 8, held: 0 });
  });

  it.each(['capture', 'release'] as const)('holds nothing for a turn after its %s', async (operation) => {
    await books.fund(userId, 10);
    const turn = new TestTurn(userId, 3);
    await run(turn, 'hold');
    await run(turn, operation);
    const after = await balance();
    await run(turn, 'hold');
    await books.rest();
    await run(turn, 'hold');
    expect(await balance()).toEqual(after);
  });

  it.each(['capture', 'release'] as const)(
    'charges nothing for a %s that overtook its hold',
    async (operation) => {
      await books.fund(userId, 10);
      const turn = new TestTurn(userId, 3);
      expect(await run(turn, operation)).toBe(0);
      await run(turn, 'hold');
      expect(await run(turn, 'capture')).toBe(0);
      expect(await balance()).toEqual({ available: 10, held: 0 });
    },
  );

  it('tells turns of equal amounts apart', async () => {
    await books.fund(userId, 10);
    const [first, second] = [new TestTurn(userId, 3), new TestTurn(userId, 3)];
    await run(first, 'hold');
    await run(second, 'hold');
    await run(first, 'release');
    expect(await balance()).toEqual({ available: 7, held: 3 });
    expect(await run(second, 'capture')).toBe(3);
  });

  it('tells users apart', async () => {
    const other = newId();
    await books.fund(userId, 5);
    await books.fund(other, 5);
    await run(new TestTurn(userId, 5), 'hold');
    expect(await balance(other)).toEqual({ available: 5, held: 0 });
  });

  it('lets exactly one of capture and release win, and tells everybody the same', async () => {
    await books.fund(userId, 60);
    for (let round = 0; round < 20; round += 1) {
      const turn = new TestTurn(userId, 3);
      await run(turn, 'hold');
      const race = OPERATIONS.flatMap((operation) => [operation, operation]);
      const answers = await Promise.all(race.map((operation) => run(turn, operation)));
      const charged = new Set(answers.filter((answer) => answer !== undefined));
      expect(charged.size).toBe(1);
      await books.rest();
      expect(await settledOnce(turn)).toBe([...charged][0]);
    }
  });

  // What makes many accounts and rows stands behind what looks at the books often: each look is at all of them.
  it('sums after every interleaving', async () => {
    const call = fc.record({ turn: fc.nat(3), operation: fc.constantFrom(...OPERATIONS) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(call, { minLength: 1, maxLength: 8 }), { maxLength: 5 }),
        async (waves) => {
          userId = newId();
          await books.fund(userId, 5);
          const turns = [1, 2, 2, 3].map((amount) => new TestTurn(userId, amount));
          for (const wave of waves) {
            await Promise.allSettled(
              wave.map(({ turn, operation }) => run(turns[turn] ?? new TestTurn(userId), operation)),
            );
          }
          const charged = await Promise.all(turns.map((turn) => run(turn, 'release')));
          await books.rest();
          const total = charged.reduce((sum: number, credits) => sum + (credits ?? 0), 0);
          expect(await balance()).toEqual({ available: 5 - total, held: 0 });
          expect(await books.drift()).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('follows its model through every sequence of operations', async () => {
    const step = fc.record({
      turn: fc.nat(2),
      operation: fc.constantFrom(...OPERATIONS),
      rest: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        userId = newId();
        await books.fund(userId, 6);
        const turns = [new TestTurn(userId, 1), new TestTurn(userId, 2), new TestTurn(userId, 4)];
        const states = turns.map((): 'new' | 'held' | 'captured' | 'released' => 'new');
        let available = 6;
        for (const { turn: index, operation, rest } of steps) {
          const turn = turns[index];
          if (turn === undefined) throw new Error('no such turn');
          if (rest) await books.rest();
          if (operation === 'hold') {
            const fits = states[index] !== 'new' || turn.amount <= available;
            const held = await run(turn, 'hold').then(
              () => true,
              (error: unknown) => (error as AppError).code !== 'insufficient_credits',
            );
            expect(held).toBe(fits);
            if (states[index] === 'new' && fits) {
              states[index] = 'held';
              available -= turn.amount;
            }
          } else {
            const charged = await run(turn, operation);
            if (states[index] === 'held' && operation === 'release') available += turn.amount;
            if (states[index] === 'held') states[index] = operation === 'capture' ? 'captured' : 'released';
            if (states[index] === 'new') states[index] = 'released';
            expect(charged).toBe(states[index] === 'captured' ? turn.amount : 0);
          }
          const held = turns.reduce((sum, { amount }, at) => sum + (states[at] === 'held' ? amount : 0), 0);
          expect(await balance()).toEqual({ available, held });
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lets exactly 300 of 1,000 parallel holds through when there are credits for 300', async () => {
    await books.fund(userId, 300);
    const turns = Array.from({ length: 1000 }, () => new TestTurn(userId));
    const results = await Promise.allSettled(turns.map((turn) => run(turn, 'hold')));
    const refusals = results.filter((result) => result.status === 'rejected');
    expect(refusals).toHaveLength(700);
    expect(new Set(refusals.map(({ reason }) => (reason as AppError).code))).toEqual(
      new Set(['insufficient_credits']),
    );
    expect(await balance()).toEqual({ available: 0, held: 300 });
    const held = turns.filter((_, index) => results[index]?.status === 'fulfilled');
    const charged = await Promise.all(held.map((turn) => run(turn, 'capture')));
    expect(charged.reduce((sum: number, credits) => sum + (credits ?? 0), 0)).toBe(300);
    expect(await balance()).toEqual({ available: 0, held: 0 });
  });
}
