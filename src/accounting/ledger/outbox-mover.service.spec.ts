/** @jest-environment node */
import { jest } from '@jest/globals';
import { SystemClock } from '../../platform/clock.port.js';
import { createLog } from '../../platform/logging/create-log.js';
import type { AccountOutbox } from './credit-account.js';
import type { AccountClearing, CreditAccountStore } from './credit-account.store.port.js';
import type { CreditTransactionStore } from './credit-transaction.store.port.js';
import type { LedgerEntry } from './ledger-entry.js';
import { OutboxMover } from './outbox-mover.service.js';

const entryOf = (accountId: string): LedgerEntry => ({
  id: `grant:${accountId}`,
  accountId,
  kind: 'grant',
  amount: 1,
  createdAt: new Date(0),
});
const accountOf = (accountId: string, settledTurns: string[] = []): AccountOutbox => ({
  accountId,
  outbox: [entryOf(accountId)],
  settledTurns,
});

/** Stores that record in which batches they are called; each account always has its one entry. */
class Recorder {
  readonly inserts: string[][] = [];
  readonly clearings: AccountClearing[][] = [];
  settledTurns: string[] = [];
  failNextInsert = false;

  readonly mover = new OutboxMover(
    {
      outboxesOf: (accountIds: string[]) =>
        Promise.resolve(accountIds.map((accountId) => accountOf(accountId, this.settledTurns))),
      clear: (clearings: AccountClearing[]) => {
        this.clearings.push(clearings);
        return Promise.resolve();
      },
    } as unknown as CreditAccountStore,
    {
      insertMissing: (entries: LedgerEntry[]) => {
        if (this.failNextInsert) {
          this.failNextInsert = false;
          return Promise.reject(new Error('down'));
        }
        this.inserts.push(entries.map(({ accountId }) => accountId));
        return Promise.resolve();
      },
    } as unknown as CreditTransactionStore,
    new SystemClock(),
    createLog({ level: 'silent' }),
  );
}

describe('OutboxMover', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('moves accounts scheduled close together in one go, each once', async () => {
    const recorder = new Recorder();
    for (const accountId of ['ada', 'bob', 'ada']) recorder.mover.schedule(accountId);
    expect(recorder.inserts).toEqual([]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(recorder.inserts).toEqual([['ada', 'bob']]);
    expect(recorder.clearings.flat().map(({ accountId }) => accountId)).toEqual(['ada', 'bob']);
  });

  it('moves in batches of bounded size', async () => {
    const recorder = new Recorder();
    for (let index = 0; index < 120; index += 1) recorder.mover.schedule(`user-${index}`);
    await recorder.mover.drain();
    expect(recorder.inserts.map((batch) => batch.length)).toEqual([50, 50, 20]);
  });

  it('takes nothing off an account before its rows are in the ledger', async () => {
    const recorder = new Recorder();
    recorder.failNextInsert = true;
    recorder.mover.schedule('ada');
    await recorder.mover.drain();
    expect(recorder.clearings).toEqual([]);
  });

  it('does not let an account wait that has many entries, and moves it alone', async () => {
    const recorder = new Recorder();
    recorder.mover.schedule('bob');
    for (let entry = 0; entry < 63; entry += 1) recorder.mover.schedule('ada');
    await jest.advanceTimersByTimeAsync(0);
    expect(recorder.inserts).toEqual([]);
    recorder.mover.schedule('ada');
    // Those that come while it is on its way wait for the next move.
    for (let entry = 0; entry < 200; entry += 1) recorder.mover.schedule('ada');
    await jest.advanceTimersByTimeAsync(0);
    expect(recorder.inserts).toEqual([['ada']]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(recorder.inserts).toEqual([['ada'], ['bob', 'ada']]);
  });

  it('leaves what could not be moved at once to the next move, and waits for it in the end', async () => {
    const recorder = new Recorder();
    recorder.failNextInsert = true;
    for (let entry = 0; entry < 64; entry += 1) recorder.mover.schedule('ada');
    await recorder.mover.drain();
    expect(recorder.clearings).toEqual([]);
    for (let entry = 0; entry < 64; entry += 1) recorder.mover.schedule('ada');
    await recorder.mover.drain();
    expect(recorder.clearings.flat().map(({ accountId }) => accountId)).toEqual(['ada']);
  });

  it('moves what is scheduled during a move with the next one', async () => {
    const recorder = new Recorder();
    recorder.mover.schedule('ada');
    const draining = recorder.mover.drain();
    recorder.mover.schedule('bob');
    await draining;
    expect(recorder.inserts).toEqual([['ada'], ['bob']]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(recorder.inserts).toHaveLength(2);
  });

  it('forgets old settled turns once there are many, and keeps the latest', async () => {
    const recorder = new Recorder();
    recorder.settledTurns = Array.from({ length: 65 }, (_, index) => `turn-${index}`);
    await recorder.mover.move('ada');
    const [forgotten] = recorder.clearings.flat().map(({ forgottenTurns }) => forgottenTurns);
    expect(forgotten).toHaveLength(33);
    expect(forgotten?.[0]).toBe('turn-0');
    expect(forgotten).not.toContain('turn-64');
  });
});
