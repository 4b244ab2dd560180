import type { Provider } from '@nestjs/common';
import type { ModelDefinition } from '@nestjs/mongoose';
import { ExternalChargeStore } from '../../accounting/external/external-charge.store.port.js';
import { CreditAccountStore } from '../../accounting/ledger/credit-account.store.port.js';
import { CreditTransactionStore } from '../../accounting/ledger/credit-transaction.store.port.js';
import { CREDIT_ACCOUNT_MODEL, creditAccountSchema } from './credit-account.schema.js';
import { CREDIT_TRANSACTION_MODEL, creditTransactionSchema } from './credit-transaction.schema.js';
import { EXTERNAL_CHARGE_MODEL, externalChargeSchema } from './external-charge.schema.js';
import { MongooseCreditAccountStore } from './mongoose-credit-account.store.js';
import { MongooseCreditTransactionStore } from './mongoose-credit-transaction.store.js';
import { MongooseExternalChargeStore } from './mongoose-external-charge.store.js';

export const ACCOUNTING_MODELS: ModelDefinition[] = [
  { name: CREDIT_ACCOUNT_MODEL, schema: creditAccountSchema },
  { name: CREDIT_TRANSACTION_MODEL, schema: creditTransactionSchema },
  { name: EXTERNAL_CHARGE_MODEL, schema: externalChargeSchema },
];
export const ACCOUNTING_STORES: Provider[] = [
  { provide: CreditAccountStore, useClass: MongooseCreditAccountStore },
  { provide: CreditTransactionStore, useClass: MongooseCreditTransactionStore },
  { provide: ExternalChargeStore, useClass: MongooseExternalChargeStore },
];
