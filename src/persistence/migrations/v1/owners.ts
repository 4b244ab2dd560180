import { createHash, randomUUID } from 'node:crypto';
import { newId } from '../../../platform/ids.js';
import { insertMissing } from '../batches.js';
import { MigrationRefused, type MigrationContext } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { TENANT, textOf } from './records.js';

/** Whose a record is: the user's own id, and the id of the user's credit account. */
export interface Owner {
  readonly userId: string;
  readonly accountId: string;
}

/** The id of the record that maps an issuer's subject to a user; of fixed length whatever the subject holds. */
export function identityId(issuer: string, subject: string): string {
  return createHash('sha256').update(`${issuer}\0${subject}`).digest('base64url');
}

/**
 * Finds whom the user ids of version 0 mean. One that is no user's is a subject of the external issuer: its user is made, once, however often
 * and in however many steps it is met.
 */
export async function ownersOf(
  context: MigrationContext,
  userIds: Iterable<string>,
): Promise<ReadonlyMap<string, Owner>> {
  const ids = [...new Set(userIds)];
  const owners = await findUsers(context, ids);
  const subjects = ids.filter((id) => !owners.has(id));
  if (subjects.length === 0) return owners;
  const identities = await identitiesOf(context, subjects);
  const users = await findUsers(context, [...identities.values()]);
  for (const [subject, userId] of identities) owners.set(subject, found(users, userId));
  return owners;
}

/** @throws Error for an id that `ownersOf` was not asked for */
export function found<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id);
  if (value === undefined) throw new Error(`Nothing is known about ${id}.`);
  return value;
}

async function findUsers({ db }: MigrationContext, ids: readonly string[]): Promise<Map<string, Owner>> {
  if (ids.length === 0) return new Map();
  const users = await rawCollection(db, 'users')
    .find({ _id: { $in: [...ids] } }, { projection: { accountId: 1 } })
    .toArray();
  return new Map(users.map((user) => [user._id, { userId: user._id, accountId: textOf(user, 'accountId') }]));
}

/** The users of the issuer's subjects, made where they are missing: the identity first, because it fixes the user's id. */
async function identitiesOf(
  context: MigrationContext,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { issuer } = context.settings;
  if (issuer === undefined) throw new MigrationRefused(`There is no issuer for ${subjects.join(', ')}.`);
  const { startedAt: createdAt } = context;
  const subjectOf = new Map(subjects.map((subject) => [identityId(issuer, subject), subject]));
  const stored = rawCollection(context.db, 'user_identities').find({ _id: { $in: [...subjectOf.keys()] } });
  const known = await stored.toArray();
  const made = [...subjectOf]
    .filter(([id]) => !known.some(({ _id }) => _id === id))
    .map(([_id, subject]) => ({ _id, tenantId: TENANT, issuer, subject, userId: newId(), createdAt }));
  await insertMissing(context, 'user_identities', made);
  const identities: RawRecord[] = [...known, ...made];
  const userIds = identities.map((identity) => textOf(identity, 'userId'));
  const users = await findUsers(context, userIds);
  await insertMissing(
    context,
    'users',
    userIds
      .filter((userId) => !users.has(userId))
      .map((_id) => ({ _id, tenantId: TENANT, accountId: randomUUID(), roles: [], createdAt })),
  );
  return new Map(
    identities.map((identity) => [textOf(identity, 'subject'), textOf(identity, 'userId')] as const),
  );
}
