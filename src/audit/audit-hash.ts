import { createHash } from 'node:crypto';
import type { AuditEntry } from './audit-entry.js';

/** What stands before the first entry. */
export const FIRST_HASH = '0'.repeat(64);

/**
 * SHA-256, in hexadecimal, of the entry and the hash before it, written as one JSON array without spaces: the fields in this order, moments as in JSON, null for what is
 * absent, details as `[name, value]` in the order of their names. An outcome has one field more: the entry that it answers. So it can be computed anywhere
 * (docs/operating/audit.md).
 */
export function hashOf(sequence: number, previousHash: string, entry: AuditEntry): string {
  const { id, tenantId, at, action, phase, actorId, apiKeyId, targetKind, targetId, requestId } = entry;
  const details =
    entry.details && Object.entries(entry.details).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const fields = [
    ...[sequence, previousHash, id, tenantId, at, action, phase, actorId, apiKeyId, targetKind, targetId],
    ...[requestId, entry.code, details, entry.expiresAt],
    ...(entry.answers === undefined ? [] : [entry.answers]),
  ];
  return createHash('sha256')
    .update(JSON.stringify(fields.map((field) => field ?? null)))
    .digest('hex');
}
