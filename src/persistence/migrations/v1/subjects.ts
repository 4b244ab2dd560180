import { batches } from '../batches.js';
import { MigrationRefused, type MigrationContext } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { NOT_DONE, textOf } from './records.js';

/** Where version 0 names a user, and by which field. */
const REFERENCES: readonly (readonly [collection: string, field: string])[] = [
  ['credit_accounts', '_id'],
  ['credit_transactions', 'userId'],
  ['external_charges', 'userId'],
  ['turns', 'userId'],
  ['chat_sessions', 'userId'],
  ['chat_messages', 'userId'],
  ['api_keys', 'userId'],
  ['assistant_tasks', 'userId'],
  ['assistant_counters', '_id'],
  ['storm_threads', 'userId'],
];
/** Enough for a person to see what they are. */
const NAMED = 5;

/**
 * Without an issuer there must be nobody but our own users.
 * @throws MigrationRefused that names some of the others
 */
export async function refuseUnknownSubjects(context: MigrationContext): Promise<void> {
  if (context.settings.issuer !== undefined) return;
  for await (const { collection, ids } of unknownIds(context)) {
    const names = ids.slice(0, NAMED).map((id) => `"${id}"`);
    throw new MigrationRefused(
      `${collection} has users that are not in this database, as an external issuer's are: ${names.join(', ')}${ids.length > NAMED ? ', …' : ''}.\n` +
        'Set JWT_ISSUER as the instances have it, or give --issuer <issuer> to `npm run db:migrate`.',
    );
  }
}

/** How many ids stand in the records that are no user's. Keeps those ids in memory, and nothing else. */
export async function countSubjects(context: MigrationContext): Promise<number> {
  const subjects = new Set<string>();
  for await (const { ids } of unknownIds(context)) for (const id of ids) subjects.add(id);
  return subjects.size;
}

/** The ids of each batch that are no user's, where there are any. */
async function* unknownIds(
  context: MigrationContext,
): AsyncGenerator<{ readonly collection: string; readonly ids: readonly string[] }> {
  for (const [collection, field] of REFERENCES) {
    for await (const batch of batches(context, collection, NOT_DONE, { [field]: 1 })) {
      const ids = await unknownOf(context, batch, field);
      if (ids.length > 0) yield { collection, ids };
    }
  }
}

async function unknownOf(
  { db }: MigrationContext,
  batch: readonly RawRecord[],
  field: string,
): Promise<readonly string[]> {
  const ids = [...new Set(batch.map((record) => textOf(record, field)))];
  const users = await rawCollection(db, 'users')
    .find({ _id: { $in: ids } }, { projection: { _id: 1 } })
    .toArray();
  const known = new Set(users.map(({ _id }) => _id));
  return ids.filter((id) => !known.has(id));
}
