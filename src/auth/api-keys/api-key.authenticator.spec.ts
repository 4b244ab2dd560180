import { sharedCaches } from '../../../test/support/shared-caches.js';
import {
  erasedIdentities,
  EXTERNAL_ISSUER,
  FixedClock,
  principalOf,
  RecordingLog,
  testConfig,
} from '../../../test/support/auth/auth-fixtures.js';
import { MemoryApiKeyStore } from '../../../test/support/auth/memory-api-key.store.js';
import { MemoryUserIdentityStore } from '../../../test/support/auth/memory-user-identity.store.js';
import { MemoryUserStore } from '../../../test/support/auth/memory-user.store.js';
import { ExternalNames } from '../directory/external-names.service.js';
import { StoredUserDirectory } from '../directory/stored-user-directory.service.js';
import { ApiKeyAuthenticator } from './api-key.authenticator.js';
import { SCOPES, type Scope } from '../../contract/principal.js';
import { NoKeyCaps } from '../../../test/support/auth/no-key-caps.js';
import { hashSecret } from '../secret-hash.js';
import { ApiKeysService } from './api-keys.service.js';

const ADA = {
  id: 'ada',
  tenantId: 'default',
  accountId: 'account-of-ada',
  email: 'ada@example.com',
  passwordHash: '',
  roles: ['user', 'admin'],
  createdAt: new Date(0),
} as const;

async function setUp(env: Record<string, string> = {}) {
  const store = new MemoryApiKeyStore();
  const users = new MemoryUserStore();
  await users.insert(ADA);
  const clock = new FixedClock();
  const config = testConfig(env);
  const identities = new MemoryUserIdentityStore();
  const caches = sharedCaches(clock);
  const directory = new StoredUserDirectory(users, identities, erasedIdentities(clock), clock, caches);
  const authenticator = new ApiKeyAuthenticator(
    store,
    users,
    directory,
    new ExternalNames(directory, config),
    config,
    clock,
    new RecordingLog(),
    caches,
  );
  const service = new ApiKeysService(store, authenticator, new NoKeyCaps(), clock);
  const make = (expiresAt?: Date, scopes: readonly Scope[] = ['chat', 'read']) =>
    service.create(principalOf(ADA.id, { email: ADA.email, roles: ['admin', 'staff'] }), {
      name: 'test',
      scopes,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });
  return { store, users, identities, clock, authenticator, service, make };
}

describe('API keys', () => {
  it('stand for their owner with the roles the owner has now', async () => {
    const { authenticator, make } = await setUp();
    const { key, apiKey } = await make(undefined, SCOPES);
    expect(key).toMatch(/^tg_[\w-]{43}$/);
    expect(apiKey.prefix).toBe(key.slice(0, 10));
    expect(await authenticator.authenticate(key)).toEqual({
      userId: 'ada',
      tenantId: 'default',
      accountId: 'account-of-ada',
      email: 'ada@example.com',
      roles: ['user', 'admin'],
      apiKeyId: apiKey.id,
      apiKeyHash: hashSecret(key),
      scopes: SCOPES,
    });
  });

  it('are stored only hashed', async () => {
    const { make, store } = await setUp();
    const { key } = await make();
    expect(JSON.stringify([...store.keys.values()])).not.toContain(key.slice(11));
  });

  it('stop working at once when revoked, and only their owner can revoke them', async () => {
    const { authenticator, service, make } = await setUp();
    const { key, apiKey } = await make();
    await authenticator.authenticate(key);
    await expect(service.revoke(principalOf('bob'), apiKey.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await authenticator.authenticate(key)).toBeDefined();
    await service.revoke(principalOf('ada'), apiKey.id);
    expect(await authenticator.authenticate(key)).toBeUndefined();
  });

  it('are not remembered when they are revoked while they are looked up', async () => {
    const { authenticator, service, make } = await setUp();
    const { key, apiKey } = await make();
    const lookedUp = authenticator.authenticate(key);
    await service.revoke(principalOf('ada'), apiKey.id);
    await lookedUp;
    expect(await authenticator.authenticate(key)).toBeUndefined();
  });

  it('are looked up once in ten seconds, so that a revocation elsewhere counts by then', async () => {
    const { authenticator, make, store, clock } = await setUp();
    const { key, apiKey } = await make();
    await Promise.all([authenticator.authenticate(key), authenticator.authenticate(key)]);
    await store.remove('ada', apiKey.id);
    clock.time += 9_999;
    expect(await authenticator.authenticate(key)).toBeDefined();
    expect(store.lookUps).toBe(1);
    clock.time += 2;
    expect(await authenticator.authenticate(key)).toBeUndefined();
  });

  it('stop working when they expire, cached or not', async () => {
    const { authenticator, make, clock } = await setUp();
    const { key } = await make(new Date(clock.time + 1000));
    clock.time += 999;
    expect(await authenticator.authenticate(key)).toBeDefined();
    clock.time += 1;
    expect(await authenticator.authenticate(key)).toBeUndefined();
  });

  it('stop working when their owner is gone', async () => {
    const { authenticator, make, users } = await setUp();
    const { key } = await make();
    users.users.clear();
    expect(await authenticator.authenticate(key)).toBeUndefined();
  });

  it('note their last use at most once a minute', async () => {
    const { authenticator, make, store, clock } = await setUp();
    const { key, apiKey } = await make();
    for (let second = 0; second < 60; second += 1) {
      await authenticator.authenticate(key);
      clock.time += 1000;
    }
    expect(store.notedUses).toBe(1);
    await authenticator.authenticate(key);
    expect(store.notedUses).toBe(2);
    expect(store.keys.get(apiKey.id)?.lastUsedAt).toEqual(new Date(clock.time));
  });

  it.each(['', 'tg_', 'tg_short', `tx_${'a'.repeat(43)}`, `tg_${'a'.repeat(44)}`])(
    'are not even looked up when they look like %j',
    async (key) => {
      const { authenticator, store } = await setUp();
      expect(await authenticator.authenticate(key)).toBeUndefined();
      expect(store.lookUps).toBe(0);
    },
  );

  it('stand for no admin without that scope', async () => {
    const { authenticator, make } = await setUp();
    const { key } = await make(undefined, ['chat']);
    expect(await authenticator.authenticate(key)).toMatchObject({ roles: ['user'], scopes: ['chat'] });
  });

  it('stored without scopes may do what their owner may', async () => {
    const { authenticator, make, store } = await setUp();
    const { key, apiKey } = await make();
    const { scopes: _, ...withoutScopes } = apiKey;
    store.keys.set(apiKey.id, withoutScopes);
    expect(await authenticator.authenticate(key)).toMatchObject({ roles: ['user', 'admin'], scopes: SCOPES });
  });

  it.each([
    ['somebody who is no admin', { roles: ['user'] }],
    ['an admin who signs in elsewhere', { issuer: 'https://id.example', subject: 'ada', roles: ['admin'] }],
  ])('with the scope of admins are not made by %s', async (_who, owner) => {
    const { service } = await setUp();
    const made = service.create(principalOf('ada', owner), { name: 'x', scopes: ['admin'] });
    await expect(made).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('are rotated with an overlap, to the moment, and keep what they are', async () => {
    const { authenticator, service, make, clock } = await setUp();
    const { key: old, apiKey } = await make(undefined, ['read']);
    const before = await authenticator.authenticate(old);
    const { key, apiKey: rotated } = await service.rotate('ada', apiKey.id, 5000);
    expect(rotated).toMatchObject({
      id: apiKey.id,
      scopes: ['read'],
      name: 'test',
      prefix: key.slice(0, 10),
    });
    expect(await authenticator.authenticate(key)).toEqual({ ...before, apiKeyHash: hashSecret(key) });
    clock.time += 4999;
    expect(await authenticator.authenticate(old)).toEqual(before);
    clock.time += 1;
    expect(await authenticator.authenticate(old)).toBeUndefined();
    expect(await authenticator.authenticate(key)).toEqual({ ...before, apiKeyHash: hashSecret(key) });
    // What was begun with it goes on.
    expect(await authenticator.standsFor(hashSecret(old))).toEqual(before);
  });

  it('are good once more only, when they are rotated twice or without overlap', async () => {
    const { authenticator, service, make } = await setUp();
    const { key: first, apiKey } = await make();
    const { key: second } = await service.rotate('ada', apiKey.id, 60_000);
    expect(await authenticator.authenticate(first)).toBeDefined();
    const { key: third } = await service.rotate('ada', apiKey.id, 60_000);
    expect(await authenticator.authenticate(first)).toBeUndefined();
    expect(await authenticator.authenticate(second)).toBeDefined();
    const { key: fourth, apiKey: last } = await service.rotate('ada', apiKey.id, 0);
    expect(last.previous).toBeUndefined();
    for (const gone of [first, second, third]) expect(await authenticator.authenticate(gone)).toBeUndefined();
    expect(await authenticator.authenticate(fourth)).toBeDefined();
  });

  it('end with both secrets, by their expiry and when they are revoked', async () => {
    const { authenticator, service, make, clock } = await setUp();
    const { key: old, apiKey } = await make(new Date(clock.time + 1000));
    const { key } = await service.rotate('ada', apiKey.id, 60_000);
    for (const one of [old, key]) expect(await authenticator.authenticate(one)).toBeDefined();
    clock.time += 1000;
    for (const one of [old, key]) expect(await authenticator.authenticate(one)).toBeUndefined();
    await expect(service.rotate('ada', apiKey.id, 0)).rejects.toMatchObject({ code: 'conflict' });
    const other = await make();
    const { key: rotated } = await service.rotate('ada', other.apiKey.id, 60_000);
    for (const one of [other.key, rotated]) expect(await authenticator.authenticate(one)).toBeDefined();
    await service.revoke(principalOf('ada'), other.apiKey.id);
    for (const one of [other.key, rotated]) expect(await authenticator.authenticate(one)).toBeUndefined();
  });

  it('are rotated by their owner only, and by one of two at the same time', async () => {
    const { service, make } = await setUp();
    const { apiKey } = await make();
    await expect(service.rotate('bob', apiKey.id, 0)).rejects.toMatchObject({ code: 'not_found' });
    const both = await Promise.allSettled([
      service.rotate('ada', apiKey.id, 60_000),
      service.rotate('ada', apiKey.id, 60_000),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('cannot be made already expired', async () => {
    const { make, clock } = await setUp();
    await expect(make(new Date(clock.time))).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('are limited in number', async () => {
    const { make } = await setUp();
    for (let i = 0; i < 100; i += 1) await make();
    await expect(make()).rejects.toMatchObject({ code: 'conflict' });
  });

  it('keep the roles of an owner who signs in elsewhere, but never admin, and stand for the same user', async () => {
    const { authenticator, service, identities } = await setUp(EXTERNAL_ISSUER);
    const { JWT_ISSUER: issuer } = EXTERNAL_ISSUER;
    await identities.ensure({ issuer, subject: 'ext-ada', userId: 'ada', createdAt: new Date(0) });
    const owner = principalOf('ada', { issuer, subject: 'ext-ada', roles: ['admin', 'staff'] });
    const { key } = await service.create(owner, { name: 'test', scopes: ['chat'] });
    expect(await authenticator.authenticate(key)).toMatchObject({
      userId: 'ada',
      issuer,
      accountId: 'account-of-ada',
      subject: 'ext-ada',
      roles: ['staff'],
    });
  });

  it.each<[string, Record<string, string>, string | undefined]>([
    ['whose issuer is not in the settings any more', EXTERNAL_ISSUER, 'https://gone.example'],
    ['with an own account where there are none', EXTERNAL_ISSUER, undefined],
  ])('are not good for an owner %s, and what they have begun ends', async (_who, env, issuer) => {
    const { authenticator, service, identities } = await setUp(env);
    if (issuer !== undefined)
      await identities.ensure({ issuer, subject: 'ext-ada', userId: 'ada', createdAt: new Date(0) });
    const owner = principalOf('ada', issuer === undefined ? {} : { issuer, subject: 'ext-ada' });
    const { key, apiKey } = await service.create(owner, { name: 'test', scopes: ['chat'] });
    const refused = { refusal: 'owner-without-sign-in', apiKeyId: apiKey.id, userId: 'ada' };
    expect(await authenticator.judge(key)).toEqual(refused);
    expect(await authenticator.standsFor(hashSecret(key))).toBeUndefined();
  });

  it('say which one has expired, and nothing of one that nobody knows', async () => {
    const { authenticator, make, clock } = await setUp();
    const { key, apiKey } = await make(new Date(clock.time + 1000));
    clock.time += 1000;
    expect(await authenticator.judge(key)).toEqual({
      refusal: 'expired',
      apiKeyId: apiKey.id,
      userId: 'ada',
    });
    expect(await authenticator.judge(`tg_${'a'.repeat(43)}`)).toBeUndefined();
  });
});
