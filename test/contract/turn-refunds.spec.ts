import {
  RefundableTurnStore,
  type RefundableTurn,
} from '../../src/accounting/refunds/refundable-turn.store.port.js';
import { TurnRefunds } from '../../src/accounting/refunds/turn-refunds.service.js';
import { newId } from '../../src/platform/ids.js';
import { openOwnAccounting, type OwnAccounting } from '../support/accounting/accounting-parts.js';
import { openLedgerDatabase, SetClock, type LedgerDatabase } from './accounting-support/ledger-database.js';
import { holderOf, TestTurn } from './accounting-support/ledger-harness.js';

/** Turns in memory; their records can be out of reach, as when a process dies between ledger and turn. */
class MemoryTurns extends RefundableTurnStore {
  readonly turns = new Map<string, RefundableTurn>();
  readonly refunded = new Map<string, number>();
  isOutOfReach = false;

  find(turnId: string): Promise<RefundableTurn | undefined> {
    return Promise.resolve(this.turns.get(turnId));
  }
  noteRefund({ turnId }: RefundableTurn, amount: number): Promise<void> {
    if (this.isOutOfReach) return Promise.reject(new Error('out of reach'));
    if (!this.refunded.has(turnId)) this.refunded.set(turnId, amount);
    return Promise.resolve();
  }
}

describe('refunds of turns', () => {
  let database: LedgerDatabase;
  let own: OwnAccounting;
  let turns: MemoryTurns;
  let turn: TestTurn;
  let refunds: TurnRefunds;
  beforeAll(async () => {
    database = await openLedgerDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    const clock = new SetClock();
    own = await openOwnAccounting(database, clock, 100);
    turns = new MemoryTurns();
    refunds = new TurnRefunds(turns, own.opening, database.transactions, own.postings, clock);
    turn = await held();
    await own.ledger.capture(turn.end('completed'));
  });
  afterEach(() => own.mover.drain());

  const held = async (): Promise<TestTurn> => {
    const made = new TestTurn(newId(), 5);
    await own.opening.grantOnce(made.charge.accountId);
    await own.ledger.hold(made.charge);
    turns.turns.set(made.charge.turnId, { ...made.charge, isRunning: false });
    return made;
  };
  const refund = (changes: object = {}, { turnId } = turn.charge) =>
    refunds.refund({ turnId, reason: 'Of no use', ...changes });
  const available = async () => (await own.ledger.balance(holderOf(turn.charge.userId))).available;
  const drift = async () => (await own.reconciliation.run()).drift;

  it('give back all that was charged, in the ledger and on the turn', async () => {
    const { turnId, accountId, chatflowId } = turn.charge;
    expect((await refund()).entry).toMatchObject({
      id: `${turnId}:${accountId}:refund`,
      kind: 'refund',
      amount: 5,
      turnId,
      chatflowId,
      reason: 'Of no use',
    });
    expect([await available(), turns.refunded.get(turnId), await drift()]).toEqual([100, 5, 0]);
  });

  it('give back part of it, or nothing beyond it', async () => {
    await expect(refund({ amount: 6 })).rejects.toMatchObject({ code: 'validation_failed' });
    await refund({ amount: 2 });
    expect([await available(), turns.refunded.get(turn.charge.turnId)]).toEqual([97, 2]);
  });

  it('are made once, however many ask at once, while the ledger moves', async () => {
    const other = await openOwnAccounting(database, new SetClock(), 100);
    const elsewhere = new TurnRefunds(
      turns,
      other.opening,
      database.transactions,
      other.postings,
      new SetClock(),
    );
    const { turnId, accountId } = turn.charge;
    const made = await Promise.all([
      ...Array.from({ length: 10 }, () => refund()),
      ...Array.from({ length: 10 }, () => elsewhere.refund({ turnId, reason: 'Of no use' })),
      ...Array.from({ length: 10 }, () => own.mover.move(accountId)),
    ]);
    expect(made.flatMap((one) => (one ? [one.entry.amount] : []))).toEqual(
      Array.from({ length: 20 }, () => 5),
    );
    expect([await available(), await drift()]).toEqual([100, 0]);
    await other.mover.drain();
  });

  it('of different amounts at once: one is made, the others are refused', async () => {
    const amounts = [1, 2, 3, 4, 5];
    const made = await Promise.allSettled(amounts.map((amount) => refund({ amount })));
    const winners = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.entry.amount] : []));
    expect(winners).toHaveLength(1);
    expect(made.filter(({ status }) => status === 'rejected')).toHaveLength(4);
    expect(await available()).toBe(95 + (winners[0] ?? 0));
    expect(turns.refunded.get(turn.charge.turnId)).toBe(winners[0]);
  });

  it('are finished by the same request when they were cut off behind the ledger', async () => {
    turns.isOutOfReach = true;
    await expect(refund()).rejects.toThrow('out of reach');
    await own.mover.drain();
    turns.isOutOfReach = false;
    await refund();
    expect([await available(), turns.refunded.get(turn.charge.turnId)]).toEqual([100, 5]);
  });

  it('show in the usage on their own', async () => {
    await refund({ amount: 2 });
    const { data } = await own.statement.usageOf(turn.charge.accountId, 'chatflow');
    expect(data).toEqual([{ key: turn.charge.chatflowId, credits: 5, turns: 1, refunded: 2 }]);
  });

  it('refuse turns that run, were not charged, or are not there', async () => {
    const running = await held();
    turns.turns.set(running.charge.turnId, { ...running.charge, isRunning: true });
    await expect(refund({}, running.charge)).rejects.toMatchObject({ code: 'conflict' });
    const failed = await held();
    await own.ledger.release(failed.end('failed'));
    await expect(refund({}, failed.charge)).rejects.toMatchObject({ code: 'conflict' });
    await expect(refund({ turnId: 'nobody-s' })).rejects.toMatchObject({ code: 'not_found' });
    expect(turns.refunded.size).toBe(0);
  });
});
