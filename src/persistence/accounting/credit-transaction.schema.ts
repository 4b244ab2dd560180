import { Schema } from 'mongoose';
import { LEDGER_ENTRY_FIELDS, type LedgerEntryDocument } from './credit-account.schema.js';

export const CREDIT_TRANSACTION_MODEL = 'CreditTransaction';

export const creditTransactionSchema = new Schema<LedgerEntryDocument>(LEDGER_ENTRY_FIELDS, {
  collection: 'credit_transactions',
  versionKey: false,
});

// insertMissing, find, findSettlement, existing: by _id, which is unique by turn and kind, or by a grant's key.
// page: one user's rows, newest first.
creditTransactionSchema.index({ userId: 1, createdAt: -1, _id: -1 }, { name: 'user_newest' });
// usage: one user's captures in a period. worthOf, worthRows: the rows of users by kind.
creditTransactionSchema.index({ userId: 1, kind: 1, createdAt: 1 }, { name: 'user_kind_createdAt' });
