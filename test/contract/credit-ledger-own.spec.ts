import { newId } from '../../src/platform/ids.js';
import { openOwnAccounting } from '../support/accounting/accounting-parts.js';
import { describeCreditLedger } from './accounting-support/credit-ledger.contract.js';
import { holderOf } from './accounting-support/ledger-harness.js';
import { openLedgerDatabase, SetClock } from './accounting-support/ledger-database.js';

describe('CreditLedger: our own', () => {
  describeCreditLedger(async () => {
    const database = await openLedgerDatabase();
    const own = await openOwnAccounting(database, new SetClock(), 0);
    return {
      ledger: own.ledger,
      fund: async (userId, amount) => {
        await own.postings.grant({ ...holderOf(userId), amount, reason: 'test', idempotencyKey: newId() });
      },
      // Nobody else keeps the credits.
      heard: () => Promise.resolve(),
      rest: () => own.mover.drain(),
      drift: async () => (await own.reconciliation.run()).drift,
      settlements: async (userId, turnId) => {
        const rows = database.connection.collection('credit_transactions');
        const count = (kind: string) =>
          rows
            .find({ accountId: holderOf(userId).accountId, turnId, kind })
            .toArray()
            .then((found) => found.length);
        return { captured: await count('capture'), released: await count('release') };
      },
      close: async () => {
        await own.mover.drain();
        await database.close();
      },
    };
  });
});
