import type { RawRecord } from '../raw-record.js';
import { TENANT, textOf } from './records.js';

/**
 * A ledger entry as it is from now on, whether it lies in an outbox or in the ledger: with the account instead of the user, in its fields as in
 * its id. The id of an entry that was made without a key is random and stays.
 */
export function withAccount(entry: RawRecord, accountId: string): RawRecord {
  const { _id, userId, ...fields } = entry;
  return { _id: entryId(entry, String(userId), accountId), tenantId: TENANT, accountId, ...fields };
}

function entryId(entry: RawRecord, userId: string, accountId: string): string {
  const { _id } = entry;
  const kind = textOf(entry, 'kind');
  if (_id === `${textOf(entry, 'turnId')}:${kind}`) return `${textOf(entry, 'turnId')}:${accountId}:${kind}`;
  if (_id === `signup:${userId}`) return `signup:${accountId}`;
  const keyed = `${kind}:${userId}:`;
  return _id.startsWith(keyed) ? `${kind}:${accountId}:${_id.slice(keyed.length)}` : _id;
}
