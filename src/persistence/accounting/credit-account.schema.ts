import { Schema } from 'mongoose';
import type { LedgerEntry } from '../../accounting/ledger/ledger-entry.js';
import type { CreditAccount, Hold } from '../../accounting/ledger/credit-account.js';
import { TRANSACTION_KINDS } from '../../accounting/credit-ledger.port.js';
import { TURN_OUTCOMES } from '../../contract/chat-event.js';
import { TENANT_FIELD } from '../tenant-field.js';

/** A ledger entry as it is stored, in an outbox as in the ledger. */
export type LedgerEntryDocument = Omit<LedgerEntry, 'id'> & {
  readonly _id: string;
  readonly tenantId: string;
};

/** An account as it is stored. It does not say whose it is: a user's record does. */
export type CreditAccountDocument = Omit<CreditAccount, 'accountId' | 'holds' | 'outbox' | 'settledTurns'> & {
  readonly _id: string;
  readonly tenantId: string;
  readonly holds: Hold[];
  readonly outbox: LedgerEntryDocument[];
  readonly settledTurns: string[];
  readonly openedAt: Date;
};

export const CREDIT_ACCOUNT_MODEL = 'CreditAccount';

const holdSchema = new Schema<Hold>(
  {
    turnId: { type: String, required: true },
    chatflowId: { type: String, required: true },
    amount: { type: Number, required: true },
    expiresAt: { type: Date, required: true },
    keyId: { type: String },
  },
  { _id: false },
);

const keyCapSchema = new Schema(
  { cap: { type: Number, required: true }, left: { type: Number, required: true } },
  { _id: false },
);

/** The fields of an entry; `tenantId` and `accountId` stand in both places so that a row is moved as it is. */
export const LEDGER_ENTRY_FIELDS = {
  _id: { type: String, required: true },
  tenantId: TENANT_FIELD,
  accountId: { type: String, required: true },
  kind: { type: String, enum: TRANSACTION_KINDS, required: true },
  amount: { type: Number, required: true },
  turnId: String,
  chatflowId: String,
  keyId: String,
  outcome: { type: String, enum: TURN_OUTCOMES },
  reason: String,
  createdAt: { type: Date, required: true },
};

export const creditAccountSchema = new Schema<CreditAccountDocument>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    available: { type: Number, required: true },
    holds: { type: [holdSchema], required: true },
    outbox: { type: [new Schema(LEDGER_ENTRY_FIELDS)], required: true },
    settledTurns: { type: [String], required: true },
    settledUpTo: { type: String },
    keyCaps: { type: Map, of: keyCapSchema },
    revision: { type: Number, required: true },
    openedAt: { type: Date, required: true },
  },
  { collection: 'credit_accounts', versionKey: false },
);

// find, hold, settle, close, post, clear, batches: by _id.
// findWithOutbox: accounts with an entry older than a moment; sparse, so that accounts at rest are not in it.
creditAccountSchema.index({ 'outbox.createdAt': 1 }, { sparse: true, name: 'outbox_createdAt' });
