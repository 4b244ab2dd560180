import { openExternalAccounting } from '../support/accounting/accounting-parts.js';
import { AccountingService } from '../support/accounting-service.js';
import { describeCreditLedger } from './accounting-support/credit-ledger.contract.js';
import { openLedgerDatabase, SetClock } from './accounting-support/ledger-database.js';

/**
 * Longer than a test may take. A deduction whose answer does not come in time is refunded by recovery, which does not run here: until then the books do not sum, in any test behind
 * it. A thousand holds at once share 32 connections, and on a busy machine the last of them waits for longer than any time that a user would.
 */
const NEVER_MS = 600_000;

describe('CreditLedger: an external service', () => {
  describeCreditLedger(async () => {
    const database = await openLedgerDatabase();
    const service = await AccountingService.start();
    const external = await openExternalAccounting({
      url: service.url,
      timeoutMs: NEVER_MS,
      charges: database.charges,
      clock: new SetClock(),
    });
    let funded = 0;
    return {
      ledger: external.ledger,
      fund: (userId, credits) => {
        service.credits.set(userId, credits);
        funded += credits;
        return Promise.resolve();
      },
      heard: () => external.delivery.drain(),
      rest: () => external.delivery.drain(),
      drift: async () => {
        const left = [...service.credits.values()].reduce((sum, credits) => sum + credits, 0);
        const charges = await database.connection
          .collection('external_charges')
          .find({ state: { $in: ['held', 'captured'] } })
          .toArray();
        const taken = charges.reduce((sum, { amount }) => sum + Number(amount), 0);
        return Math.abs(funded - left - service.outstanding) + Math.abs(service.outstanding - taken);
      },
      settlements: (userId, turnId) => {
        const logged = service.transactions.filter((one) => one.userId === userId && one.turnId === turnId);
        const captured = logged.filter(({ success }) => success).length;
        return Promise.resolve({ captured, released: logged.length - captured });
      },
      close: async () => {
        await external.delivery.drain();
        await external.http.close();
        await service.close();
        await database.close();
      },
    };
  });
});
