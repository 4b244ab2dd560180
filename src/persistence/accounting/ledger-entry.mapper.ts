import type { LedgerEntry } from '../../accounting/ledger/ledger-entry.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import type { LedgerEntryDocument } from './credit-account.schema.js';

export function toEntryDocument({ id, ...rest }: LedgerEntry): LedgerEntryDocument {
  return { _id: id, tenantId: DEFAULT_TENANT, ...rest };
}

export function toEntry({ _id, tenantId: _, ...rest }: LedgerEntryDocument): LedgerEntry {
  return { id: _id, ...rest };
}
