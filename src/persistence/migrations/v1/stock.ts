import type { MigrationContext, ProofLine, Stock } from '../migration.js';
import { rawCollection } from '../raw-record.js';

/** The database removes old documents of these by itself, also meanwhile. */
const EXPIRING: readonly string[] = ['refresh_token_families', 'external_charges', 'turn_checkpoints'];
const COUNTED: readonly string[] = [
  'chatflows',
  'api_keys',
  'credit_accounts',
  'credit_transactions',
  'turns',
  'chat_sessions',
  'chat_messages',
  'assistant_tasks',
  'assistant_counters',
  ...EXPIRING,
];
const LEDGER_SUM = 'sum of the ledger: ';
const ROWS_AT_ONCE = 5000;

/** How many there are of everything, what accounts have and hold, and what the ledger says. */
export async function takeStock({ db }: MigrationContext): Promise<Stock> {
  const stock: Record<string, number> = {};
  const count = async (name: string): Promise<number> => rawCollection(db, name).countDocuments({});
  for (const name of COUNTED) stock[name] = await count(name);
  stock.users = await count('users');
  stock.user_identities = await count('user_identities');
  stock.memories = (await count('storm_threads')) + (await count('upstream_conversations'));
  stock.running = await rawCollection(db, 'turns').countDocuments({ status: 'running' });
  const sums = { available: 0, held: 0, holds: 0, outbox: 0 };
  const accounts = rawCollection(db, 'credit_accounts').find(
    {},
    { projection: { available: 1, 'holds.amount': 1, 'outbox._id': 1 } },
  );
  for await (const { available, holds, outbox } of accounts) {
    sums.available += Number(available);
    for (const { amount } of holds as { amount: number }[]) sums.held += amount;
    sums.holds += (holds as unknown[]).length;
    sums.outbox += (outbox as unknown[]).length;
  }
  const rows = rawCollection(db, 'credit_transactions').find(
    {},
    { projection: { kind: 1, amount: 1 }, batchSize: ROWS_AT_ONCE },
  );
  for await (const { kind, amount } of rows) {
    const what = `${LEDGER_SUM}${String(kind)}`;
    stock[what] = (stock[what] ?? 0) + Number(amount);
  }
  return {
    ...stock,
    'credits available': sums.available,
    'credits on hold': sums.held,
    holds: sums.holds,
    'entries in outboxes': sums.outbox,
  };
}

/** Nothing is lost and nothing is there twice; only the issuer's users are new. */
export function provesOwnIds(before: Stock, after: Stock): readonly ProofLine[] {
  const figure = (stock: Stock, what: string): number => stock[what] ?? 0;
  const line = (what: string, expected: number): ProofLine => {
    const [was, is] = [figure(before, what), figure(after, what)];
    return {
      what,
      before: was,
      after: is,
      holds: EXPIRING.includes(what) ? is <= expected : is === expected,
    };
  };
  const newUsers = figure(after, 'user_identities') - figure(before, 'user_identities');
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  names.delete('users');
  names.delete('user_identities');
  return [
    line('users', figure(before, 'users') + newUsers),
    ...[...names].map((what) => line(what, figure(before, what))),
  ];
}
