import type { MigrationContext } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';

/** There is one tenant so far. */
export const TENANT = 'default';

/** Matches what this migration has not dealt with yet. */
export const NOT_DONE = { tenantId: { $exists: false } } as const;

/** How many documents of a collection are left. */
export function countLeft({ db }: MigrationContext, name: string): Promise<number> {
  return rawCollection(db, name).countDocuments(NOT_DONE);
}

export function textOf(record: RawRecord, field: string): string {
  const value = record[field];
  return typeof value === 'string' ? value : '';
}
