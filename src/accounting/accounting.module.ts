import { Tracing } from '../platform/tracing/tracing.port.js';
import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { KeyCaps } from '../auth/api-keys/key-caps.port.js';
import { SignupCredits } from '../auth/signup-credits.port.js';
import type { AccountingConfig } from '../config/app-config.js';
import { AccountHolders } from './account-holders.service.js';
import { AccountingController } from './accounting.controller.js';
import { AccountsAdminController } from './accounts-admin.controller.js';
import { CreditLedger } from './credit-ledger.port.js';
import { AccountingApi } from './external/accounting-api.client.js';
import { ChargeDelivery } from './external/charge-delivery.service.js';
import { ChargeUpkeep } from './external/charge-upkeep.service.js';
import { ExternalCreditLedger } from './external/external-credit-ledger.service.js';
import { NoKeyCaps } from './external/no-key-caps.service.js';
import { NoSignupCredits } from './external/no-signup-credits.service.js';
import { RetryingHttp } from './external/retrying-http.client.js';
import { CreditAccounts } from './ledger/credit-accounts.service.js';
import { CreditPostings } from './ledger/credit-postings.service.js';
import { LedgerCheck } from './ledger/ledger-check.service.js';
import { LedgerMetrics } from './ledger/ledger-metrics.service.js';
import { OwnKeyCaps } from './ledger/own-key-caps.service.js';
import { OutboxMover } from './ledger/outbox-mover.service.js';
import { OutboxUpkeep } from './ledger/outbox-upkeep.service.js';
import { OwnCreditLedger } from './ledger/own-credit-ledger.service.js';
import { Reconciliation } from './ledger/reconciliation.service.js';
import { OwnLedgerGuard } from './own-ledger.guard.js';
import { TurnRefundsController } from './refunds/turn-refunds.controller.js';
import { TurnRefunds } from './refunds/turn-refunds.service.js';
import { Statement } from './statement/statement.service.js';

/** Our own accounts. With an external service nothing new comes to them, but entries of a time before may still wait in an outbox. */
const OWN_ACCOUNTS: Provider[] = [
  CreditAccounts,
  CreditPostings,
  OutboxMover,
  OutboxUpkeep,
  Reconciliation,
  LedgerMetrics,
  LedgerCheck,
  Statement,
  TurnRefunds,
];

const OWN_LEDGER: Provider[] = [
  { provide: CreditLedger, useClass: OwnCreditLedger },
  { provide: SignupCredits, useExisting: CreditAccounts },
  { provide: KeyCaps, useClass: OwnKeyCaps },
];

const externalLedger = (options: ConstructorParameters<typeof RetryingHttp>[0]): Provider[] => [
  {
    provide: RetryingHttp,
    useFactory: (tracing: Tracing) => new RetryingHttp({ ...options, tracing }),
    inject: [Tracing],
  },
  AccountingApi,
  ChargeDelivery,
  ChargeUpkeep,
  { provide: CreditLedger, useClass: ExternalCreditLedger },
  { provide: SignupCredits, useClass: NoSignupCredits },
  { provide: KeyCaps, useClass: NoKeyCaps },
];

/**
 * Credits. Global, because accounts are made elsewhere and each begins with its grant (`SignupCredits`). Needs, from global modules:
 * `AppConfig`, the platform, the stores and `UserDirectory`.
 */
@Global()
@Module({})
export class AccountingModule {
  static register({ externalUrl: url, externalKey: apiKey, timeoutMs }: AccountingConfig): DynamicModule {
    return {
      module: AccountingModule,
      controllers: [AccountingController, AccountsAdminController, TurnRefundsController],
      providers: [
        AccountHolders,
        OwnLedgerGuard,
        ...OWN_ACCOUNTS,
        ...(url === undefined ? OWN_LEDGER : externalLedger({ url, apiKey, timeoutMs })),
      ],
      exports: [CreditLedger, KeyCaps, SignupCredits, Statement],
    };
  }
}
