import type {
  AskingKey,
  CreditLedger,
  HoldRequest,
  PlannedCharge,
  SettleRequest,
} from '../../../src/accounting/credit-ledger.port.js';
import { newId } from '../../../src/platform/ids.js';
import { openOwnAccounting } from '../../support/accounting/accounting-parts.js';
import { describeCreditLedger } from './credit-ledger.contract.js';
import { openLedgerDatabase, SetClock } from './ledger-database.js';
import { holderOf } from './ledger-harness.js';

const PLENTY = 1_000_000;

/** The key of a user. @param isCapped what the instance that asks knows of its cap */
export const keyOf = (userId: string, isCapped = true): AskingKey => ({ id: `key-of-${userId}`, isCapped });

/** The ledger as it is asked by a key. */
class AskedByKey implements CreditLedger {
  constructor(
    private readonly ledger: CreditLedger,
    private readonly isCapped: boolean,
  ) {}

  hold = (request: HoldRequest) => this.ledger.hold(this.with(request));
  capture = (request: SettleRequest) => this.ledger.capture(this.with(request));
  release = (request: SettleRequest) => this.ledger.release(this.with(request));
  balance: CreditLedger['balance'] = (holder) => this.ledger.balance(holder);
  priceOf: CreditLedger['priceOf'] = (chatflow) => this.ledger.priceOf(chatflow);
  keyLeft: CreditLedger['keyLeft'] = (holder, keyId) => this.ledger.keyLeft(holder, keyId);
  planHold = (): PlannedCharge | undefined => undefined;
  planSettlement = (): PlannedCharge | undefined => undefined;

  private with<T extends HoldRequest | SettleRequest>(request: T): T {
    return { ...request, key: keyOf(request.userId, this.isCapped) };
  }
}

/** The contract of ledgers once more, for our own as it is asked by a key with a cap. @param isCapped whether the asking instance knows of the cap */
export function describeLedgerAskedByKey(isCapped: boolean): void {
  describeCreditLedger(async () => {
    const database = await openLedgerDatabase();
    const own = await openOwnAccounting(database, new SetClock(), 0);
    return {
      ledger: new AskedByKey(own.ledger, isCapped),
      fund: async (userId, amount) => {
        const holder = holderOf(userId);
        await own.postings.grant({ ...holder, amount, reason: 'test', idempotencyKey: newId() });
        await own.caps.set(holder.accountId, keyOf(userId).id, PLENTY);
      },
      heard: () => Promise.resolve(),
      rest: () => own.mover.drain(),
      drift: async () => {
        const { drift, keyDrift } = await own.reconciliation.run();
        return drift + keyDrift;
      },
      settlements: async (userId, turnId) => {
        const rows = database.connection.collection('credit_transactions');
        const { accountId } = holderOf(userId);
        const count = async (kind: string) => rows.countDocuments({ accountId, turnId, kind });
        return { captured: await count('capture'), released: await count('release') };
      },
      close: async () => {
        await own.mover.drain();
        await database.close();
      },
    };
  });
}
