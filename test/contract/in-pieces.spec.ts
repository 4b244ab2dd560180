import type { LedgerEntry } from '../../src/accounting/ledger/ledger-entry.js';
import { DOCUMENTS_PER_BATCH } from '../../src/persistence/in-pieces.js';
import { newId } from '../../src/platform/ids.js';
import { openOwnAccounting, type OwnAccounting } from '../support/accounting/accounting-parts.js';
import { openLedgerDatabase, SetClock, type LedgerDatabase } from './accounting-support/ledger-database.js';
import { holderOf, TestTurn } from './accounting-support/ledger-harness.js';

const ROWS = 3 * DOCUMENTS_PER_BATCH + 40;
const DAY_MS = 86_400_000;

interface Reply {
  readonly cursor?: { readonly firstBatch?: readonly unknown[]; readonly nextBatch?: readonly unknown[] };
}

describe('a ledger of many rows', () => {
  const clock = new SetClock();
  const holder = holderOf(newId());
  const { accountId } = holder;
  let database: LedgerDatabase;
  let own: OwnAccounting;
  let rows: LedgerEntry[];
  /** How many documents each command gave. */
  let given: number[];

  beforeAll(async () => {
    database = await openLedgerDatabase();
    own = await openOwnAccounting(database, clock, 100);
    database.connection.getClient().on('commandSucceeded', ({ reply }) => {
      const { cursor } = reply as Reply;
      const batch = cursor?.firstBatch ?? cursor?.nextBatch;
      if (batch !== undefined) given.push(batch.length);
    });
  });
  beforeEach(() => {
    given = [];
  });
  afterAll(() => database.close());

  const rowOf = (n: number): LedgerEntry => ({
    id: `${newId()}:${accountId}:${n % 10 === 0 ? 'refund' : 'capture'}`,
    accountId,
    kind: n % 10 === 0 ? 'refund' : 'capture',
    amount: 1 + (n % 3),
    chatflowId: `flow-${n % 4}`,
    // Several at one moment.
    createdAt: new Date(clock.now() - DAY_MS * (1 + (n % 3)) - Math.floor(n / 7)),
  });
  const worthOf = ({ kind, amount }: LedgerEntry): number => (kind === 'refund' ? amount : -amount);
  const sum = (entries: readonly LedgerEntry[]): number =>
    entries.reduce((all, row) => all + worthOf(row), 0);
  const largest = (): number => Math.max(...given);

  it('sums by pieces of which no command looks at more than one', async () => {
    rows = Array.from({ length: ROWS }, (_, n) => rowOf(n));
    await database.transactions.insertMissing(rows);
    // What they cost was granted before.
    const grant = { id: `${newId()}:grant`, accountId, kind: 'grant' as const, amount: -sum(rows) };
    await database.transactions.insertMissing([{ ...grant, createdAt: new Date(clock.now() - 9 * DAY_MS) }]);
    await own.opening.grantOnce(accountId);
    await own.mover.drain();
    given = [];
    expect(await database.transactions.worthOf([accountId])).toEqual(new Map([[accountId, 100]]));
    expect(given.length).toBeGreaterThanOrEqual(ROWS / DOCUMENTS_PER_BATCH);
    expect(largest()).toBe(DOCUMENTS_PER_BATCH);
    const seen: string[] = [];
    for await (const piece of database.transactions.worthRows(accountId))
      seen.push(...piece.map(({ id }) => id));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(rows.map(({ id }) => id)));
    const half = new Date(clock.now() - DAY_MS);
    const [before, from] = [{ before: half }, { from: half }];
    const parts = [
      await database.transactions.worthOf([accountId], before),
      await database.transactions.worthOf([accountId], from),
    ];
    const recent = 100 + sum(rows.filter(({ createdAt }) => createdAt >= half));
    expect(recent).toBeLessThan(100);
    expect(parts.map((part) => part.get(accountId))).toEqual([100 - recent, recent]);
    expect(largest()).toBe(DOCUMENTS_PER_BATCH);
  });

  it.each(['day', 'chatflow'] as const)('says what was used by %s, the same way', async (group) => {
    const [from, to] = [new Date(clock.now() - 3 * DAY_MS), new Date(clock.now() - DAY_MS)];
    const used = rows.filter(({ createdAt }) => createdAt >= from && createdAt < to);
    expect(used.length).toBeGreaterThan(DOCUMENTS_PER_BATCH);
    const keyOf = ({ createdAt, chatflowId }: LedgerEntry): string =>
      group === 'day' ? createdAt.toISOString().slice(0, 10) : (chatflowId ?? '');
    const expected = [...new Set(used.map(keyOf))].sort().map((key) => {
      const here = used.filter((row) => keyOf(row) === key);
      const [captures, refunds] = ['capture', 'refund'].map((kind) =>
        here.filter((row) => row.kind === kind),
      );
      const total = (list: readonly LedgerEntry[] = []): number =>
        list.reduce((all, one) => all + one.amount, 0);
      return { key, credits: total(captures), turns: captures?.length, refunded: total(refunds) };
    });
    expect(await database.transactions.usage(accountId, from, to, group)).toEqual(expected);
    expect(largest()).toBe(DOCUMENTS_PER_BATCH);
    // A row is looked at because it is wanted, or stands at the end of the period.
    const { executionStats: stats } = (await database.connection
      .collection('credit_transactions')
      .find({ accountId, kind: { $in: ['capture', 'refund'] }, createdAt: { $gte: from, $lt: to } })
      .explain('executionStats')) as unknown as {
      executionStats: { readonly nReturned: number; readonly totalDocsExamined: number };
    };
    expect(stats.nReturned).toBe(used.length);
    expect(stats.totalDocsExamined).toBeLessThanOrEqual(used.length + 7);
  });

  it('is proved while turns are charged to it', async () => {
    expect(await own.reconciliation.run()).toMatchObject({ drift: 0, inMotion: 0, accounts: 1 });
    expect(largest()).toBe(DOCUMENTS_PER_BATCH);
    let isProved = false;
    const charging = (async () => {
      for (let turns = 0; !isProved && turns < 90; turns++) {
        const turn = new TestTurn(holder.userId);
        await own.ledger.hold(turn.charge);
        await own.ledger.capture(turn.end('completed'));
        clock.time += 1;
      }
    })();
    const report = await own.reconciliation.run();
    isProved = true;
    await charging;
    expect(report).toMatchObject({ drift: 0, accounts: 1 });
  });

  it('is found out when a row of long ago is not what it was, and when one is gone', async () => {
    const ledger = database.connection.collection<{ _id: string; amount: number }>('credit_transactions');
    const { id: _id = '', amount = 0 } = rows[5] ?? {};
    await ledger.updateOne({ _id }, { $set: { amount: amount + 3 } });
    const { drift, unbalanced } = await own.reconciliation.run();
    expect(drift).toBe(3);
    expect(unbalanced).toMatchObject([{ accountId }]);
    await ledger.updateOne({ _id }, { $set: { amount } });
    expect(await own.reconciliation.run()).toMatchObject({ drift: 0 });
    // Of now, not yet moved and moved.
    const turn = new TestTurn(holder.userId);
    await own.ledger.hold(turn.charge);
    await own.ledger.capture(turn.end('completed'));
    await own.mover.drain();
    await ledger.deleteOne({ _id: `${turn.turnId}:${accountId}:capture` });
    expect(await own.reconciliation.run()).toMatchObject({ drift: 1 });
  });
});
