import { batches, rekey, writeAll } from '../batches.js';
import type { MigrationStep } from '../migration.js';
import type { RawRecord } from '../raw-record.js';
import { withAccount } from './ledger-entries.js';
import { found, ownersOf } from './owners.js';
import { countLeft, NOT_DONE, TENANT, textOf } from './records.js';

/** An account may carry a long outbox, and thousands of turns. */
const ACCOUNTS_AT_ONCE = 100;

export const ACCOUNT_STEPS: readonly MigrationStep[] = [
  {
    name: 'credit accounts',
    describe: 'accounts get ids of their own, in their outboxes too',
    count: (context) => countLeft(context, 'credit_accounts'),
    run: async (context) => {
      const smaller = { ...context, batchSize: Math.min(context.batchSize, ACCOUNTS_AT_ONCE) };
      for await (const accounts of batches(smaller, 'credit_accounts', NOT_DONE)) {
        const owners = await ownersOf(
          context,
          accounts.map(({ _id }) => _id),
        );
        const pairs = accounts.map(({ _id: from, outbox, ...fields }) => {
          const { accountId } = found(owners, from);
          const entries = (outbox as RawRecord[]).map((entry) => withAccount(entry, accountId));
          return { from, to: { ...fields, _id: accountId, tenantId: TENANT, outbox: entries } };
        });
        await rekey(context, 'credit_accounts', pairs);
      }
    },
  },
  {
    name: 'ledger',
    describe: 'ledger rows name their account',
    count: (context) => countLeft(context, 'credit_transactions'),
    run: async (context) => {
      for await (const rows of batches(context, 'credit_transactions', NOT_DONE)) {
        const owners = await ownersOf(
          context,
          rows.map((row) => textOf(row, 'userId')),
        );
        const pairs = rows.map((row) => ({
          from: row._id,
          to: withAccount(row, found(owners, textOf(row, 'userId')).accountId),
        }));
        const isSame = ({ from, to }: (typeof pairs)[number]): boolean => from === to._id;
        await writeAll(
          context,
          'credit_transactions',
          pairs.filter(isSame).map(({ from, to: { tenantId, accountId } }) => ({
            updateOne: {
              filter: { _id: from },
              update: { $set: { tenantId, accountId }, $unset: { userId: 1 } },
            },
          })),
        );
        await rekey(
          context,
          'credit_transactions',
          pairs.filter((pair) => !isSame(pair)),
        );
      }
    },
  },
];
