import { Schema } from 'mongoose';
import { LEDGER_ENTRY_FIELDS, type LedgerEntryDocument } from './credit-account.schema.js';

export const CREDIT_TRANSACTION_MODEL = 'CreditTransaction';

export const creditTransactionSchema = new Schema<LedgerEntryDocument>(LEDGER_ENTRY_FIELDS, {
  collection: 'credit_transactions',
  versionKey: false,
});

// insertMissing, find, findSettlement, existing: by _id, which is unique by turn, account and kind, or by account and a grant's key.
// page: one account's rows of each kind, newest first. usage: its captures and refunds in a period. worthOf, worthRows: the rows of accounts by kind.
creditTransactionSchema.index(
  { accountId: 1, kind: 1, createdAt: -1, _id: -1 },
  { name: 'account_kind_newest' },
);
