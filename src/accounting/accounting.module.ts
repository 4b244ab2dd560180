import { Global, Module } from '@nestjs/common';
import { UserDirectory } from '../auth/directory/user-directory.port.js';
import { SignupCredits } from '../auth/signup-credits.port.js';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';
import { StructuredLog } from '../platform/logging/structured-log.js';
import { AccountHolders } from './account-holders.js';
import { AccountingController } from './accounting.controller.js';
import { AccountingUpkeep } from './accounting-upkeep.js';
import { AccountsAdminController } from './accounts-admin.controller.js';
import { CreditLedger } from './credit-ledger.port.js';
import { ExternalChargeStore } from './external/external-charge.store.port.js';
import { ExternalLedger } from './external/external-ledger.js';
import { NoSignupCredits } from './external/no-signup-credits.js';
import { CreditAccountStore } from './ledger/credit-account.store.port.js';
import { CreditAccounts } from './ledger/credit-accounts.js';
import { CreditPostings } from './ledger/credit-postings.js';
import { CreditTransactionStore } from './ledger/credit-transaction.store.port.js';
import { OutboxMover } from './ledger/outbox-mover.js';
import { OwnLedger } from './ledger/own-ledger.js';
import { Reconciliation } from './ledger/reconciliation.js';
import { OwnLedgerGuard } from './own-ledger.guard.js';
import { Statement } from './statement/statement.js';

/** Offers a part of our own ledger under its class. */
const part = <T>(token: abstract new (...args: never[]) => T, pick: (own: OwnLedger) => T) => ({
  provide: token,
  useFactory: pick,
  inject: [OwnLedger],
});

/**
 * Credits. Global, because accounts are made elsewhere and each begins with its grant (`SignupCredits`). Needs, from global modules:
 * `AppConfig`, the platform, the stores and `UserDirectory`.
 */
@Global()
@Module({
  controllers: [AccountingController, AccountsAdminController],
  providers: [
    AccountHolders,
    OwnLedgerGuard,
    {
      provide: OwnLedger,
      useFactory: (
        accounts: CreditAccountStore,
        transactions: CreditTransactionStore,
        clock: Clock,
        log: StructuredLog,
        config: AppConfig,
      ) =>
        new OwnLedger({ accounts, transactions, clock, log, signupCredits: config.accounts.signupCredits }),
      inject: [CreditAccountStore, CreditTransactionStore, Clock, StructuredLog, AppConfig],
    },
    part(OutboxMover, (own) => own.mover),
    part(CreditAccounts, (own) => own.opening),
    part(CreditPostings, (own) => own.postings),
    part(Reconciliation, (own) => own.reconciliation),
    part(Statement, (own) => own.statement),
    {
      provide: ExternalLedger,
      useFactory: (
        config: AppConfig,
        charges: ExternalChargeStore,
        directory: UserDirectory,
        clock: Clock,
        log: StructuredLog,
      ) =>
        ExternalLedger.of(config.accounting, {
          charges,
          nameOf: async (userId) => (await directory.subjectOf(userId)) ?? userId,
          clock,
          log,
        }),
      inject: [AppConfig, ExternalChargeStore, UserDirectory, Clock, StructuredLog],
    },
    {
      provide: CreditLedger,
      useFactory: (own: OwnLedger, external: ExternalLedger | undefined) => external?.ledger ?? own.ledger,
      inject: [OwnLedger, ExternalLedger],
    },
    {
      provide: SignupCredits,
      useFactory: (own: OwnLedger, external: ExternalLedger | undefined) =>
        external === undefined ? own.opening : new NoSignupCredits(),
      inject: [OwnLedger, ExternalLedger],
    },
    {
      provide: AccountingUpkeep,
      useFactory: (own: OwnLedger, external: ExternalLedger | undefined, log: StructuredLog) =>
        new AccountingUpkeep(own.mover, external, log),
      inject: [OwnLedger, ExternalLedger, StructuredLog],
    },
  ],
  exports: [CreditLedger, SignupCredits],
})
export class AccountingModule {}
