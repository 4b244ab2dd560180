import { createHash } from 'node:crypto';
import type { RawRecord } from '../../src/persistence/migrations/raw-record.js';
import { LATEST_VERSION } from '../../src/persistence/migrations/migration-list.js';
import { MigrationRefused } from '../../src/persistence/migrations/migration.js';
import { planMigrations, runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { collectionsOf, TestDatabase } from './old-database.js';
import { snapshot } from './snapshot.js';

const ISSUER = 'https://id.example';
const before = new Map(
  collectionsOf('external-issuer').map(({ collection, documents }) => [collection, documents]),
);
const old = (name: string): readonly RawRecord[] => before.get(name) ?? [];
const quiet = { alone: true, say: () => undefined };
const settings = { issuer: ISSUER, stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 };

describe('a database of an external issuer’s users', () => {
  let database: TestDatabase;
  let subjects: ReadonlyMap<string, string>;
  const now = new Map<string, RawRecord[]>();
  const all = (name: string): RawRecord[] => now.get(name) ?? [];

  beforeAll(async () => {
    database = await TestDatabase.of('external-issuer');
    await runMigrations(database.db, 'test', { ...quiet, settings, batchSize: 50 });
    for (const { name } of await database.db.listCollections({}, { nameOnly: true }).toArray())
      now.set(name, await database.all(name));
    subjects = new Map(
      all('user_identities').map(({ subject, userId }) => [String(subject), String(userId)]),
    );
  });
  afterAll(() => database.remove());

  const ownId = (subject: unknown): string | undefined => subjects.get(String(subject));
  const accountOf = (subject: unknown): unknown =>
    all('users').find(({ _id }) => _id === ownId(subject))?.accountId;

  it('makes one user for every subject, found by issuer and subject', () => {
    const found = [...new Set([...old('turns').map(({ userId }) => userId), 'granted:before'])];
    expect([...subjects.keys()].sort()).toEqual(found.map(String).sort());
    expect(new Set(subjects.values()).size).toBe(subjects.size);
    for (const { _id, issuer, subject } of all('user_identities')) {
      expect(issuer).toBe(ISSUER);
      expect(_id).toBe(
        createHash('sha256')
          .update(`${ISSUER}\0${String(subject)}`)
          .digest('base64url'),
      );
    }
    expect(
      all('users')
        .map(({ _id }) => _id)
        .sort(),
    ).toEqual([...subjects.values()].sort());
    for (const user of all('users')) expect(user).toMatchObject({ roles: [] });
    for (const user of all('users')) expect(user).not.toHaveProperty('email');
  });

  it('leaves no subject in any record but the identities', async () => {
    const names = [
      'ext-ada',
      'auth0|bob',
      'céline ü',
      'urn:user/dora',
      'google-oauth2:eve',
      'f%20f',
      'granted:before',
    ];
    const lines = (await snapshot(database.db)).filter((line) => !line.startsWith('user_identities '));
    for (const name of names.flatMap((one) => [JSON.stringify(one).slice(1, -1), encodeURIComponent(one)]))
      expect(lines.filter((line) => line.includes(name))).toEqual([]);
  });

  it('moves accounts, tasks, keys and charges to their users', () => {
    for (const { _id, available } of old('credit_accounts'))
      expect(all('credit_accounts').find((account) => account._id === accountOf(_id))).toMatchObject({
        available,
      });
    expect(all('credit_accounts').length).toBe(old('credit_accounts').length);
    for (const { userId, number, title } of old('assistant_tasks'))
      expect(all('assistant_tasks')).toContainEqual(
        expect.objectContaining({ _id: `${ownId(userId)}:${String(number)}`, userId: ownId(userId), title }),
      );
    for (const { _id, lastNumber } of old('assistant_counters'))
      expect(all('assistant_counters')).toContainEqual({ _id: ownId(_id), tenantId: 'default', lastNumber });
    for (const name of ['api_keys', 'external_charges', 'turns', 'chat_messages'])
      for (const { _id, userId } of old(name))
        expect(all(name).find((record) => record._id === _id)).toMatchObject({ userId: ownId(userId) });
    const flow = all('chatflows').find(({ _id }) => _id === 'other-storm');
    const { users } = flow?.access as { users: string[] };
    expect(users.length).toBe(6);
    for (const user of users) expect([...subjects.values()]).toContain(user);
  });

  it('makes a conversation of every thread, which only the session goes on with that shows it', () => {
    const conversations = all('upstream_conversations');
    expect(conversations.length).toBe(old('storm_threads').length);
    expect(now.has('storm_threads')).toBe(false);
    const sessions = new Map(all('chat_sessions').map((session) => [session._id, session]));
    for (const { userId, sessionId, threadId, origin, createdAt } of old('storm_threads')) {
      const made = conversations.find(({ upstreamId }) => upstreamId === threadId);
      const session = sessions.get(`${ownId(userId)}/${String(sessionId)}`);
      expect(made).toMatchObject({
        tenantId: 'default',
        userId: ownId(userId),
        sessionId,
        provider: 'storm',
        rememberedFrom: 0,
        createdAt,
        state: session === undefined ? 'spent' : 'current',
      });
      expect(made?.chatflowId).toMatch(/^(storm|other-storm)$/);
      const asked = all('turns').filter((turn) => turn.sessionId === sessionId);
      expect(asked.map(({ chatflowId }) => chatflowId)).toContain(made?.chatflowId);
      expect(made?.target).toEqual(made?.chatflowId === 'storm' ? {} : { baseUrl: origin });
    }
    expect(conversations.some(({ state }) => state === 'spent')).toBe(true);
  });
});

describe('a thread of a server that is asked no more', () => {
  it('is not gone on with at the one that is asked now', async () => {
    const database = await TestDatabase.of('external-issuer');
    const moved = { ...settings, stormUrl: 'http://storm.example:8080/base' };
    await runMigrations(database.db, 'test', { ...quiet, settings: moved });
    const conversations = await database.all('upstream_conversations');
    const ofConfigured = conversations.filter(({ chatflowId }) => chatflowId === 'storm');
    expect(ofConfigured.length).toBeGreaterThan(0);
    for (const { state, target } of ofConfigured)
      expect([state, target]).toEqual(['spent', { baseUrl: expect.stringMatching(/^http:\/\/127/) }]);
    await database.remove();
  });
});

describe('without an issuer', () => {
  it('nothing is done, and it is said what to do', async () => {
    const database = await TestDatabase.of('external-issuer');
    const lines = await snapshot(database.db);
    const unset = { ...settings, issuer: undefined };
    const refused = runMigrations(database.db, 'test', { ...quiet, settings: unset });
    await expect(refused).rejects.toThrow(MigrationRefused);
    await expect(refused).rejects.toThrow(/external issuer's are: ".*\n.*JWT_ISSUER.*--issuer/);
    await expect(planMigrations(database.db, { settings: unset, say: () => undefined })).rejects.toThrow(
      MigrationRefused,
    );
    expect(changedBy(lines, await snapshot(database.db))).toEqual([]);
    await database.remove();
  });

  it('another one than it was begun with is refused', async () => {
    const database = await TestDatabase.of('external-issuer');
    const cut = runMigrations(database.db, 'test', {
      ...quiet,
      settings,
      say: (line) => {
        if (line.startsWith('ledger:')) throw new Error('cut');
      },
    });
    await expect(cut).rejects.toThrow('cut');
    const other = { ...settings, issuer: 'https://other.example' };
    await expect(runMigrations(database.db, 'test', { ...quiet, settings: other })).rejects.toThrow(
      `was begun with the issuer ${ISSUER}`,
    );
    await expect(
      runMigrations(database.db, 'test', { ...quiet, settings: { ...settings, issuer: undefined } }),
    ).resolves.toBe(LATEST_VERSION);
    await database.remove();
  });
});

/** Lines of documents that are in one only; the lock's collection may have come into being. */
function changedBy(before: readonly string[], after: readonly string[]): string[] {
  const changes = [
    ...before.filter((line) => !after.includes(line)),
    ...after.filter((line) => !before.includes(line)),
  ];
  return changes.filter((line) => !line.startsWith('schema_migrations index '));
}
