import type { AuditEntry, ChainedEntry } from './audit-entry.js';
import type { AuditPlace } from './chain-walk.js';

/** An entry as the API and exports tell it: all that its hash is made of, but for the tenant, which is `default`. */
export type ToldEntry = Omit<ChainedEntry, 'tenantId' | 'at' | 'expiresAt'> & {
  readonly at: string;
  readonly expiresAt: string;
};

/** Every field that an entry may have there. */
export const TOLD_FIELDS: readonly string[] = [
  ...['id', 'at', 'action', 'phase', 'answers', 'actorId', 'apiKeyId', 'targetKind', 'targetId'],
  ...['requestId', 'code', 'details', 'expiresAt', 'sequence', 'previousHash', 'hash'],
];

/** The last line of an export: without it the export is not whole. */
export interface AuditExportEnd {
  readonly end: true;
  readonly entries: number;
  /** To be sent as `from` for what comes behind; null at the end of the chain. */
  readonly next: number | null;
  readonly last?: AuditPlace;
}

/** @returns an entry as admins see it */
export function toldOf<T extends AuditEntry>(
  entry: T,
): Omit<T, 'tenantId' | 'at' | 'expiresAt'> & Pick<ToldEntry, 'at' | 'expiresAt'> {
  const { tenantId: _, at, expiresAt, ...rest } = entry;
  return { ...rest, at: at.toISOString(), expiresAt: expiresAt.toISOString() };
}

/** The entry that was told so. */
export function entryOf(told: ToldEntry, tenantId: string): ChainedEntry {
  return { ...told, tenantId, at: new Date(told.at), expiresAt: new Date(told.expiresAt) };
}
