import type { AccountHolder } from '../../src/accounting/credit-ledger.port.js';
import { openOwnAccounting, type OwnAccounting } from '../support/accounting/accounting-parts.js';
import { OutboxMover } from '../../src/accounting/ledger/outbox-mover.service.js';
import { newId } from '../../src/platform/ids.js';
import {
  openLedgerDatabase,
  SetClock,
  silentLog,
  type LedgerDatabase,
} from './accounting-support/ledger-database.js';
import { holderOf, TestTurn } from './accounting-support/ledger-harness.js';

describe('our own ledger', () => {
  let database: LedgerDatabase;
  let clock: SetClock;
  let own: OwnAccounting;
  let userId: string;
  let holder: AccountHolder;
  let accountId: string;

  const openLedger = (signupCredits: number): Promise<OwnAccounting> =>
    openOwnAccounting(database, clock, signupCredits);
  const rows = async (filter: Record<string, unknown> = {}) =>
    database.connection
      .collection('credit_transactions')
      .find({ accountId, ...filter })
      .sort({ _id: 1 })
      .toArray();
  const spend = async (turn: TestTurn): Promise<void> => {
    await own.ledger.hold(turn.charge);
    await own.ledger.capture(turn.end('completed'));
  };

  beforeAll(async () => {
    database = await openLedgerDatabase();
  });
  beforeEach(async () => {
    clock = new SetClock();
    own = await openLedger(100);
    userId = newId();
    holder = holderOf(userId);
    accountId = holder.accountId;
  });
  afterEach(async () => {
    await own.mover.drain();
  });
  afterAll(async () => {
    await database.close();
  });

  describe('sign-up credits', () => {
    it('are granted once, however often and from wherever they are asked for', async () => {
      const other = await openLedger(100);
      await Promise.all([own, other, own, other, own].map(({ opening }) => opening.grantOnce(accountId)));
      await Promise.all([own.mover.drain(), other.mover.drain()]);
      await own.opening.grantOnce(accountId);
      expect(await own.ledger.balance(holder)).toEqual({ available: 100, held: 0 });
      expect(await rows()).toEqual([
        expect.objectContaining({ _id: `signup:${accountId}`, kind: 'grant', amount: 100 }),
      ]);
    });

    it('are there for a user who never registered here', async () => {
      await own.ledger.hold(new TestTurn(userId, 40).charge);
      expect(await own.ledger.balance(holder)).toEqual({ available: 60, held: 40 });
    });

    it('of 0 open an empty account without an entry', async () => {
      const stingy = await openLedger(0);
      await stingy.opening.grantOnce(accountId);
      await stingy.mover.drain();
      expect(await stingy.ledger.balance(holder)).toEqual({ available: 0, held: 0 });
      expect(await rows()).toEqual([]);
    });
  });

  describe('entries', () => {
    it('tell a turn’s story in the ledger', async () => {
      const [paid, failed] = [new TestTurn(userId, 3), new TestTurn(userId, 4)];
      await spend(paid);
      await own.ledger.hold(failed.charge);
      await own.ledger.release(failed.end('interrupted'));
      await own.mover.drain();
      const about = {
        tenantId: 'default',
        accountId,
        chatflowId: 'assistant',
        createdAt: new Date(clock.time),
      };
      expect(await rows({ turnId: paid.turnId })).toEqual([
        {
          _id: `${paid.turnId}:${accountId}:capture`,
          kind: 'capture',
          amount: 3,
          turnId: paid.turnId,
          outcome: 'completed',
          ...about,
        },
        { _id: `${paid.turnId}:${accountId}:hold`, kind: 'hold', amount: 3, turnId: paid.turnId, ...about },
      ]);
      expect((await rows({ turnId: failed.turnId })).map(({ kind, outcome }) => [kind, outcome])).toEqual([
        ['hold', undefined],
        ['release', 'interrupted'],
      ]);
    });

    it('settle for what was held, whatever the settlement says', async () => {
      const turn = new TestTurn(userId, 3);
      await own.ledger.hold(turn.charge);
      expect(await own.ledger.capture({ ...turn.end('completed'), amount: 99 })).toBe(3);
      expect(await own.ledger.balance(holder)).toEqual({ available: 97, held: 0 });
    });

    it('are moved again, harmlessly, after a crash between insert and clearing', async () => {
      await spend(new TestTurn(userId, 3));
      const account = await database.accounts.find(accountId);
      await database.transactions.insertMissing(account?.outbox ?? []);
      expect(account?.outbox).toHaveLength(3);
      expect((await own.reconciliation.run()).drift).toBe(0);
      await own.mover.drain();
      expect(await rows()).toHaveLength(3);
      expect((await database.accounts.find(accountId))?.outbox).toEqual([]);
      expect((await own.reconciliation.run()).drift).toBe(0);
    });

    it('survive any number of movers at once', async () => {
      const movers = Array.from(
        { length: 6 },
        () => new OutboxMover(database.accounts, database.transactions, clock, silentLog),
      );
      const turns = Array.from({ length: 15 }, () => new TestTurn(userId));
      await Promise.all([
        ...turns.map((turn) => spend(turn)),
        ...movers.map(async (mover) => {
          for (let round = 0; round < 8; round += 1) await mover.move(accountId);
        }),
      ]);
      await own.mover.drain();
      expect(await rows()).toHaveLength(31);
      expect(await rows({ kind: 'capture' })).toHaveLength(15);
      expect((await own.reconciliation.run()).drift).toBe(0);
    });

    it('left behind are found after a while, and by a restart at once when asked', async () => {
      await database.accounts.open(accountId, new Date(clock.time), {
        id: `signup:${accountId}`,
        accountId,
        kind: 'grant',
        amount: 7,
        createdAt: new Date(clock.time),
      });
      await own.mover.moveOutboxes();
      expect(await rows()).toEqual([]);
      clock.time += 6000;
      await own.mover.moveOutboxes();
      expect(await rows()).toHaveLength(1);
    });
  });

  describe('settled turns', () => {
    it('are not held again after the account has forgotten them', async () => {
      const first = new TestTurn(userId);
      const turns = [first, ...Array.from({ length: 70 }, () => new TestTurn(userId))];
      for (const turn of turns) await spend(turn);
      await own.mover.drain();
      const account = await database.accounts.find(accountId);
      expect(account?.settledTurns).not.toContain(first.turnId);
      expect(account?.settledTurns.length).toBeLessThanOrEqual(64);
      await own.ledger.hold(first.charge);
      expect(await own.ledger.release(first.end('failed'))).toBe(1);
      expect(await own.ledger.balance(holder)).toEqual({ available: 29, held: 0 });
    });

    it('leave an account that is quiet with the next move behind their moment, and the ledger knows them', async () => {
      const first = new TestTurn(userId, 1, newId(clock.time));
      await spend(first);
      await own.mover.drain();
      expect(await database.accounts.find(accountId)).toMatchObject({ settledTurns: [first.turnId] });
      clock.time += 1000;
      const second = new TestTurn(userId, 1, newId(clock.time));
      await spend(second);
      await own.mover.drain();
      expect(await database.accounts.find(accountId)).toMatchObject({
        settledTurns: [second.turnId],
        settledUpTo: first.turnId,
      });
      await own.ledger.hold(first.charge);
      expect(await own.ledger.balance(holder)).toEqual({ available: 98, held: 0 });
    });

    it('that were closed without a hold are remembered behind many others', async () => {
      const closed = new TestTurn(userId, 1, newId(clock.time - 3_600_000));
      await own.opening.grantOnce(accountId);
      expect(await own.ledger.release(closed.end('failed'))).toBe(0);
      for (let count = 0; count < 80; count += 1) {
        await spend(new TestTurn(userId));
        if (count % 10 === 0) await own.mover.drain();
      }
      clock.time += 1000;
      await own.mover.drain();
      expect(await database.accounts.find(accountId)).toMatchObject({ settledTurns: [closed.turnId] });
      await own.ledger.hold(closed.charge);
      expect(await own.ledger.balance(holder)).toEqual({ available: 20, held: 0 });
    });

    it('that were only closed are bounded too', async () => {
      await own.opening.grantOnce(accountId);
      for (let count = 0; count < 70; count += 1)
        await own.ledger.release(new TestTurn(userId, 1, newId(clock.time)).end('failed'));
      await own.mover.drain();
      expect((await database.accounts.find(accountId))?.settledTurns.length).toBeLessThanOrEqual(64);
    });

    it('are remembered by a mover that has not moved them itself', async () => {
      const first = new TestTurn(userId, 1, newId(clock.time));
      await spend(first);
      await own.mover.drain();
      const other = await openLedger(100);
      clock.time += 5000;
      const second = new TestTurn(userId, 1, newId(clock.time));
      await other.ledger.hold(second.charge);
      await other.ledger.capture(second.end('completed'));
      await other.mover.drain();
      expect(await database.accounts.find(accountId)).toMatchObject({
        settledTurns: [first.turnId, second.turnId],
      });
    });

    it('do not keep out a turn that is older than what was forgotten', async () => {
      const late = new TestTurn(userId, 1, newId(clock.time - 10));
      for (let count = 0; count < 70; count += 1) await spend(new TestTurn(userId));
      await own.mover.drain();
      expect((await database.accounts.find(accountId))?.settledUpTo.localeCompare(late.turnId)).toBe(1);
      await Promise.all([own.ledger.hold(late.charge), own.ledger.hold(late.charge)]);
      expect(await own.ledger.balance(holder)).toEqual({ available: 29, held: 1 });
      expect(await own.ledger.capture(late.end('completed'))).toBe(1);
    });
  });

  describe('grants', () => {
    const grant = { amount: 50, reason: 'Pilot' };

    it('with one key are made once, however often and whenever they are sent', async () => {
      const request = { accountId, ...grant, idempotencyKey: 'key-1' };
      const entries = await Promise.all(Array.from({ length: 10 }, () => own.postings.grant(request)));
      await own.mover.drain();
      entries.push(await own.postings.grant(request));
      expect(new Set(entries.map(({ id }) => id)).size).toBe(1);
      expect(await own.ledger.balance(holder)).toEqual({ available: 150, held: 0 });
    });

    it('with one key are made once while turns settle on the account', async () => {
      const request = { accountId, ...grant, idempotencyKey: 'key-1' };
      await Promise.all([
        ...Array.from({ length: 10 }, () => spend(new TestTurn(userId))),
        ...Array.from({ length: 10 }, () => own.postings.grant(request)),
        ...Array.from({ length: 10 }, () => own.mover.move(accountId)),
      ]);
      expect(await own.ledger.balance(holder)).toEqual({ available: 140, held: 0 });
      expect((await own.reconciliation.run()).drift).toBe(0);
    });

    it('with keys of their own are all made', async () => {
      await Promise.all([
        own.postings.grant({ accountId, ...grant, idempotencyKey: 'key-1' }),
        own.postings.grant({ accountId, ...grant, idempotencyKey: 'key-2' }),
      ]);
      expect(await own.ledger.balance(holder)).toEqual({ available: 200, held: 0 });
    });

    it('refuse a key that was used for something else', async () => {
      await own.postings.grant({ accountId, ...grant, idempotencyKey: 'key-1' });
      await own.mover.drain();
      const other = own.postings.grant({ accountId, amount: 51, reason: 'Pilot', idempotencyKey: 'key-1' });
      await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    });
  });

  describe('adjustments', () => {
    it('go down to nothing and no further', async () => {
      await own.ledger.hold(new TestTurn(userId, 40).charge);
      await expect(
        own.postings.adjust({ accountId, amount: -61, reason: 'Error', idempotencyKey: 'a' }),
      ).rejects.toMatchObject({
        code: 'conflict',
      });
      await own.postings.adjust({ accountId, amount: -60, reason: 'Error', idempotencyKey: 'b' });
      expect(await own.ledger.balance(holder)).toEqual({ available: 0, held: 40 });
    });
  });

  describe('reconciliation', () => {
    it('counts accounts and holds, and names accounts that do not sum', async () => {
      const before = await own.reconciliation.run();
      await own.ledger.hold({ ...new TestTurn(userId).charge, expiresAt: new Date(clock.time - 1) });
      const sound = await own.reconciliation.run();
      expect(sound).toMatchObject({
        accounts: before.accounts + 1,
        openHolds: before.openHolds + 1,
        expiredHolds: before.expiredHolds + 1,
        drift: 0,
        unbalanced: [],
      });
      const accounts = database.connection.collection<{ _id: string }>('credit_accounts');
      await accounts.updateOne({ _id: accountId }, { $inc: { available: 5 } });
      expect(await own.reconciliation.run()).toMatchObject({
        drift: 5,
        unbalanced: [{ accountId, expected: 100, actual: 105 }],
      });
      await accounts.updateOne({ _id: accountId }, { $inc: { available: -5 } });
    });

    it('finds no drift while turns go on', async () => {
      const traffic = Promise.all(Array.from({ length: 40 }, () => spend(new TestTurn(userId))));
      const reports = [];
      for (let round = 0; round < 5; round += 1) {
        reports.push((await own.reconciliation.run()).drift);
        await own.mover.move(accountId);
      }
      await traffic;
      expect(reports).toEqual([0, 0, 0, 0, 0]);
    });
  });

  describe('statements', () => {
    it('show every entry once, newest first, page by page, those of a moment ago included', async () => {
      for (let count = 0; count < 4; count += 1) {
        clock.time += count % 2;
        await spend(new TestTurn(userId));
      }
      const seen: string[] = [];
      const times: number[] = [];
      let after: string | undefined;
      do {
        const page = await own.statement.transactionsOf(accountId, 2, after);
        expect(page.data.length).toBeLessThanOrEqual(2);
        seen.push(...page.data.map(({ id }) => id));
        times.push(...page.data.map(({ createdAt }) => createdAt.getTime()));
        after = page.nextCursor;
      } while (after !== undefined);
      expect(seen).toHaveLength(9);
      expect(new Set(seen).size).toBe(9);
      expect(times).toEqual([...times].sort((left, right) => right - left));
      expect(seen).toEqual(expect.arrayContaining((await rows()).map(({ _id }) => String(_id))));
    });

    it('sum captures up by day and by chatflow', async () => {
      const other = { ...new TestTurn(userId, 5).charge, chatflowId: 'support' };
      await spend(new TestTurn(userId, 2));
      clock.time += 24 * 3600 * 1000;
      await spend(new TestTurn(userId, 3));
      await own.ledger.hold(other);
      await own.ledger.capture({ ...other, outcome: 'completed' });
      const released = new TestTurn(userId, 7);
      await own.ledger.hold(released.charge);
      await own.ledger.release(released.end('failed'));
      expect((await own.statement.usageOf(accountId, 'day')).data).toEqual([
        { key: '2126-01-31', credits: 2, turns: 1, refunded: 0 },
        { key: '2126-02-01', credits: 8, turns: 2, refunded: 0 },
      ]);
      expect((await own.statement.usageOf(accountId, 'chatflow', '2126-02-01', '2126-02-01')).data).toEqual([
        { key: 'assistant', credits: 3, turns: 1, refunded: 0 },
        { key: 'support', credits: 5, turns: 1, refunded: 0 },
      ]);
    });
  });
});
