import { openOwnAccounting } from '../support/accounting/accounting-parts.js';
import { newId } from '../../src/platform/ids.js';
import { openLedgerDatabase, SetClock, type LedgerDatabase } from './accounting-support/ledger-database.js';
import { holderOf, TestTurn } from './accounting-support/ledger-harness.js';

interface Filtered {
  readonly collection: string;
  readonly fields: readonly string[];
}

type Command = Readonly<Record<string, unknown>>;

/** The filters of a command, each with the fields that it names. */
function filtersOf(command: Command): Filtered[] {
  const collection = String(Object.values(command)[0]);
  const writes = (command.updates ?? command.deletes ?? []) as { readonly q: object }[];
  const stages = (command.pipeline ?? []) as { readonly $match?: object }[];
  const filters = [command.filter, command.query, ...writes.map(({ q }) => q), stages[0]?.$match];
  return filters
    .filter((filter) => filter !== undefined)
    .map((filter) => ({ collection, fields: Object.keys(filter as object) }));
}

describe('what our own ledger asks of the database', () => {
  let database: LedgerDatabase;
  let seen: Filtered[];
  beforeAll(async () => {
    database = await openLedgerDatabase();
    database.connection
      .getClient()
      .on('commandStarted', ({ command }) => seen.push(...filtersOf(command as Command)));
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(() => database.close());

  const on = (collection: string) => seen.filter((filter) => filter.collection === collection);

  it('names the account in every filter', async () => {
    const clock = new SetClock();
    const own = await openOwnAccounting(database, clock, 100);
    const holder = holderOf(newId());
    const { accountId } = holder;
    const [paid, failed] = [new TestTurn(holder.userId, 2), new TestTurn(holder.userId, 3)];
    await own.opening.grantOnce(accountId);
    await own.postings.grant({ accountId, amount: 5, reason: 'test', idempotencyKey: 'key' });
    await own.postings.adjust({ accountId, amount: -1, reason: 'test', idempotencyKey: 'key' });
    await own.ledger.hold(paid.charge);
    await own.ledger.capture(paid.end('completed'));
    await own.ledger.hold(failed.charge);
    // Read with entries still in the outbox, then with all of them in the ledger.
    await own.reconciliation.run();
    await own.mover.drain();
    await own.ledger.release(failed.end('failed'));
    await own.ledger.release(failed.end('failed'));
    await own.postings.grant({ accountId, amount: 5, reason: 'test', idempotencyKey: 'key' });
    await own.statement.transactionsOf(accountId, 10);
    await own.statement.usageOf(accountId, 'day');
    await own.ledger.capture(paid.end('completed'));
    await own.ledger.balance(holder);
    expect((await own.reconciliation.run()).drift).toBe(0);
    await own.mover.drain();

    expect(on('credit_transactions').length).toBeGreaterThan(6);
    expect(on('credit_transactions').filter(({ fields }) => !fields.includes('accountId'))).toEqual([]);
    expect(on('credit_accounts').length).toBeGreaterThan(12);
    expect(on('credit_accounts').filter(({ fields }) => !fields.includes('_id'))).toEqual([]);
  });

  it('but in the search for entries that were left behind', async () => {
    const own = await openOwnAccounting(database, new SetClock(), 100);
    await own.mover.moveOutboxes();
    // Entries of the other test may still be on their way, by their accounts.
    const searches = on('credit_accounts').filter(({ fields }) => !fields.includes('_id'));
    expect(searches).toEqual([{ collection: 'credit_accounts', fields: ['outbox.createdAt'] }]);
  });
});
