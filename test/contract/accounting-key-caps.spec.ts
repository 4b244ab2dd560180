import type { AskingKey } from '../../src/accounting/credit-ledger.port.js';
import { TurnRefunds } from '../../src/accounting/refunds/turn-refunds.service.js';
import { newId } from '../../src/platform/ids.js';
import { openOwnAccounting, type OwnAccounting } from '../support/accounting/accounting-parts.js';
import { describeLedgerAskedByKey, keyOf } from './accounting-support/ledger-asked-by-key.js';
import { openLedgerDatabase, SetClock, type LedgerDatabase } from './accounting-support/ledger-database.js';
import { holderOf, TestTurn } from './accounting-support/ledger-harness.js';

describe('CreditLedger: our own, asked by a key with a cap', () => {
  describeLedgerAskedByKey(true);
});

describe('the cap of an API key', () => {
  let database: LedgerDatabase;
  let own: OwnAccounting;
  let userId: string;
  let accountId: string;
  beforeAll(async () => {
    database = await openLedgerDatabase();
    own = await openOwnAccounting(database, new SetClock(), 1000);
  });
  beforeEach(() => {
    userId = newId();
    accountId = holderOf(userId).accountId;
  });
  afterEach(async () => {
    await own.mover.drain();
    expect(await own.reconciliation.run()).toMatchObject({ drift: 0, keyDrift: 0 });
  });
  afterAll(() => database.close());

  const key = (isCapped = true): AskingKey => keyOf(userId, isCapped);
  const cap = (credits: number) => own.caps.set(accountId, key().id, credits);
  const used = async () => (await own.caps.of(accountId)).get(key().id)?.used;
  const hold = async (turn: TestTurn, by: AskingKey | null = key()) =>
    own.ledger.hold({ ...turn.charge, ...(by === null ? {} : { key: by }) });
  const end = (kind: 'capture' | 'release', turn: TestTurn, by: AskingKey | null = key()) =>
    own.ledger[kind]({ ...turn.end('completed'), ...(by === null ? {} : { key: by }) });
  const balance = () => own.ledger.balance(holderOf(userId));

  it('lets exactly as much through as it says, however many come at once and whatever their instance knows', async () => {
    await cap(30);
    const turns = Array.from({ length: 200 }, () => new TestTurn(userId));
    const results = await Promise.allSettled(turns.map((turn, index) => hold(turn, key(index % 2 === 0))));
    const refusals = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    expect(refusals).toHaveLength(170);
    for (const refusal of refusals)
      expect(refusal).toMatchObject({
        code: 'insufficient_key_credits',
        details: { required: 1, available: 0 },
      });
    expect([await used(), await balance()]).toEqual([30, { available: 970, held: 30 }]);
    const held = turns.filter((_, index) => results[index]?.status === 'fulfilled');
    await Promise.all(held.map((turn, index) => end(index < 10 ? 'release' : 'capture', turn)));
    expect([await used(), await balance()]).toEqual([20, { available: 980, held: 0 }]);
    // Another credential of the same user has its own say.
    await hold(new TestTurn(userId, 100), null);
  });

  it('has what is given back exactly once, whoever gives it back how often', async () => {
    await cap(10);
    const turn = new TestTurn(userId, 4);
    await hold(turn);
    await Promise.all(Array.from({ length: 8 }, () => end('release', turn)));
    expect(await used()).toBe(0);
    const late = new TestTurn(userId, 4);
    await end('release', late);
    await hold(late);
    expect(await used()).toBe(0);
  });

  it('has refunds, once', async () => {
    await cap(10);
    const turn = new TestTurn(userId, 4);
    await hold(turn);
    await end('capture', turn);
    const { turnId, chatflowId } = turn.charge;
    const found = { ...holderOf(userId), turnId, chatflowId, isRunning: false };
    const turns = { find: () => Promise.resolve(found), noteRefund: () => Promise.resolve() };
    const refunds = new TurnRefunds(turns, own.opening, database.transactions, own.postings, new SetClock());
    await Promise.all(
      Array.from({ length: 5 }, () => refunds.refund({ turnId, amount: 3, reason: 'Of no use' })),
    );
    expect(await used()).toBe(1);
    await own.mover.drain();
    await refunds.refund({ turnId, amount: 3, reason: 'Of no use' });
    expect([await used(), await balance()]).toEqual([1, { available: 999, held: 0 }]);
  });

  it('is changed without forgetting what was spent, and may be less than that', async () => {
    await cap(10);
    await hold(new TestTurn(userId, 8));
    await cap(5);
    expect(await own.caps.of(accountId)).toEqual(new Map([[key().id, { cap: 5, used: 8 }]]));
    await expect(hold(new TestTurn(userId))).rejects.toMatchObject({
      code: 'insufficient_key_credits',
      details: { required: 1, available: 0 },
    });
    await cap(9);
    await hold(new TestTurn(userId));
    await expect(hold(new TestTurn(userId))).rejects.toMatchObject({ code: 'insufficient_key_credits' });
  });

  it('counts from when it is there: turns of before settle as they were held', async () => {
    const before = new TestTurn(userId, 7);
    await hold(before, key(false));
    await cap(10);
    const after = new TestTurn(userId, 2);
    await hold(after, key(false));
    await end('release', before, key(false));
    expect(await used()).toBe(2);
    // The turn says that its key had no cap, its hold that it had.
    await end('capture', after, key(false));
    expect(await used()).toBe(2);
  });

  it('leaves with its key, whose turns are settled all the same, and whose late ones are refused', async () => {
    await cap(10);
    const [released, captured] = [new TestTurn(userId, 2), new TestTurn(userId, 3)];
    await hold(released);
    await hold(captured);
    await own.caps.remove(accountId, [key().id]);
    await end('release', released);
    await end('capture', captured);
    expect(await balance()).toEqual({ available: 997, held: 0 });
    await expect(hold(new TestTurn(userId))).rejects.toMatchObject({ code: 'insufficient_key_credits' });
    const account = await database.connection
      .collection<{ _id: string }>('credit_accounts')
      .findOne({ _id: accountId });
    expect(account).toMatchObject({ keyCaps: {}, holds: [] });
  });

  it('is found by reconciliation when it does not say what was spent', async () => {
    await cap(10);
    await hold(new TestTurn(userId, 4));
    const accounts = database.connection.collection<{ _id: string }>('credit_accounts');
    const tamper = (by: number) =>
      accounts.updateOne({ _id: accountId }, { $inc: { [`keyCaps.${key().id}.left`]: by } });
    await tamper(3);
    expect(await own.reconciliation.run()).toMatchObject({
      drift: 0,
      keyDrift: 3,
      unbalancedKeys: [{ accountId, keyId: key().id, expected: 4, actual: 1 }],
    });
    await tamper(-3);
  });
});
