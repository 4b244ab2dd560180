import type { LedgerEntry } from '../../accounting/ledger/ledger-entry.js';
import type { LedgerEntryDocument } from './credit-account.schema.js';

export function toEntryDocument({ id, ...rest }: LedgerEntry): LedgerEntryDocument {
  return { _id: id, ...rest };
}

export function toEntry({ _id, ...rest }: LedgerEntryDocument): LedgerEntry {
  return { id: _id, ...rest };
}
