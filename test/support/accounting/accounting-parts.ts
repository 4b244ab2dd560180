import { Module } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { AuditLog } from '../../../src/audit/audit-log.service.js';
import { AccountingModule } from '../../../src/accounting/accounting.module.js';
import { CreditLedger } from '../../../src/accounting/credit-ledger.port.js';
import { ChargeDelivery } from '../../../src/accounting/external/charge-delivery.service.js';
import { ExternalChargeStore } from '../../../src/accounting/external/external-charge.store.port.js';
import type { ExternalCreditLedger } from '../../../src/accounting/external/external-credit-ledger.service.js';
import { RetryingHttp } from '../../../src/accounting/external/retrying-http.client.js';
import { CreditAccountStore } from '../../../src/accounting/ledger/credit-account.store.port.js';
import { CreditAccounts } from '../../../src/accounting/ledger/credit-accounts.service.js';
import { CreditPostings } from '../../../src/accounting/ledger/credit-postings.service.js';
import { CreditTransactionStore } from '../../../src/accounting/ledger/credit-transaction.store.port.js';
import { OutboxMover } from '../../../src/accounting/ledger/outbox-mover.service.js';
import type { OwnCreditLedger } from '../../../src/accounting/ledger/own-credit-ledger.service.js';
import { Reconciliation } from '../../../src/accounting/ledger/reconciliation.service.js';
import { RefundableTurnStore } from '../../../src/accounting/refunds/refundable-turn.store.port.js';
import { Statement } from '../../../src/accounting/statement/statement.service.js';
import { KeyCaps } from '../../../src/auth/api-keys/key-caps.port.js';
import { ExternalNames } from '../../../src/auth/directory/external-names.service.js';
import { UserDirectory } from '../../../src/auth/directory/user-directory.port.js';
import { AppConfig } from '../../../src/config/app-config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { Clock } from '../../../src/platform/clock.port.js';
import { createLog } from '../../../src/platform/logging/create-log.js';
import { InstanceId } from '../../../src/cluster/instance-id.js';
import { InstanceStore } from '../../../src/cluster/instance.store.port.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.service.js';
import { NoTracing } from '../../../src/platform/tracing/no-tracing.js';
import { Tracing } from '../../../src/platform/tracing/tracing.port.js';
import { StructuredLog } from '../../../src/platform/logging/structured-log.port.js';

/** Our own ledger, as the module builds it. Nothing of it runs by itself. */
export interface OwnAccounting {
  readonly ledger: OwnCreditLedger;
  readonly mover: OutboxMover;
  readonly opening: CreditAccounts;
  readonly postings: CreditPostings;
  readonly reconciliation: Reconciliation;
  readonly statement: Statement;
  readonly caps: KeyCaps;
}

/** The ledger of an external service, as the module builds it. Nothing of it runs by itself. */
export interface ExternalAccounting {
  readonly ledger: ExternalCreditLedger;
  readonly delivery: ChargeDelivery;
  readonly http: RetryingHttp;
}

export interface AccountingStores {
  readonly accounts: CreditAccountStore;
  readonly transactions: CreditTransactionStore;
}

export async function openOwnAccounting(
  { accounts, transactions }: AccountingStores,
  clock: Clock,
  signupCredits: number,
): Promise<OwnAccounting> {
  const defaults = loadConfig({ NODE_ENV: 'test' });
  const config = { ...defaults, accounts: { ...defaults.accounts, signupCredits } };
  const parts = await accountingModule(config, clock, [
    [CreditAccountStore, accounts],
    [CreditTransactionStore, transactions],
  ]).compile();
  return {
    ledger: parts.get<OwnCreditLedger>(CreditLedger),
    mover: parts.get(OutboxMover),
    opening: parts.get(CreditAccounts),
    postings: parts.get(CreditPostings),
    reconciliation: parts.get(Reconciliation),
    statement: parts.get(Statement),
    caps: parts.get(KeyCaps),
  };
}

export interface ExternalOptions {
  /** Of the service. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly charges: ExternalChargeStore;
  readonly clock: Clock;
  /** Under which name the service knows a user; its own id when it is not given. */
  readonly nameOf?: (userId: string) => Promise<string | undefined>;
  /** Waits between attempts. */
  readonly pause?: () => Promise<void>;
}

export async function openExternalAccounting(options: ExternalOptions): Promise<ExternalAccounting> {
  const { url, timeoutMs, charges, clock, pause, nameOf = () => Promise.resolve(undefined) } = options;
  const accounting = { externalUrl: url, externalKey: 'key', timeoutMs, checkIntervalS: 0 };
  const config = { ...loadConfig({ NODE_ENV: 'test' }), accounting };
  const builder = accountingModule(config, clock, [
    [ExternalChargeStore, charges],
    [ExternalNames, { nameOf }],
  ]);
  if (pause !== undefined) {
    builder
      .overrideProvider(RetryingHttp)
      .useFactory({ factory: () => new RetryingHttp({ url, apiKey: 'key', timeoutMs, pause }) });
  }
  const parts = await builder.compile();
  return {
    ledger: parts.get<ExternalCreditLedger>(CreditLedger),
    delivery: parts.get(ChargeDelivery),
    http: parts.get(RetryingHttp),
  };
}

@Module({})
class Surroundings {}

type Token = abstract new (...args: never[]) => object;

/** What the module needs of others and a test does not say is not there: nothing that a test asks for may use it. */
function accountingModule(
  config: AppConfig,
  clock: Clock,
  given: readonly (readonly [Token, object])[],
): TestingModuleBuilder {
  const needed: (readonly [Token, object])[] = [
    [CreditAccountStore, {}],
    [CreditTransactionStore, {}],
    [ExternalChargeStore, {}],
    [RefundableTurnStore, {}],
    [UserDirectory, {}],
    [ExternalNames, {}],
    [AppConfig, config],
    [Clock, clock],
    [StructuredLog, createLog({ level: 'silent' })],
    [Tracing, new NoTracing()],
    [MetricsRegistry, new MetricsRegistry()],
    [InstanceId, new InstanceId('instance')],
    [InstanceStore, { list: () => Promise.resolve([]) }],
    // Of routes, which nobody asks here.
    [AuditLog, { around: (_: unknown, work: () => Promise<unknown>) => work() }],
  ];
  const values = new Map([...needed, ...given]);
  const providers = [...values].map(([provide, useValue]) => ({ provide, useValue }));
  return Test.createTestingModule({
    imports: [
      { module: Surroundings, global: true, providers, exports: providers },
      AccountingModule.register(config.accounting),
    ],
  });
}
