import type { ApiKey } from '../../src/auth/api-keys/api-key.js';
import type { ApiKeyStore } from '../../src/auth/api-keys/api-key.store.port.js';
import { API_KEY_MODEL } from '../../src/persistence/auth/api-key.schema.js';
import { AUTH_MODELS } from '../../src/persistence/auth/index.js';
import { MongooseApiKeyStore } from '../../src/persistence/auth/mongoose-api-key.store.js';
import { MemoryApiKeyStore } from '../support/auth/memory-api-key.store.js';
import { openTestDatabase } from './support/test-database.js';

const MAX_KEYS = 5;
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 31, 12, minutes));
const apiKey = (id: string, userId: string): ApiKey => ({
  id,
  userId,
  name: 'report',
  prefix: 'tg_1234567',
  keyHash: `hash-of-${id}`,
  createdAt: at(0),
});

const open = {
  'in memory': async () => ({ store: new MemoryApiKeyStore() as ApiKeyStore, close: async () => {} }),
  'on mongoose': async () => {
    const database = await openTestDatabase(AUTH_MODELS);
    const store: ApiKeyStore = new MongooseApiKeyStore(database.model(API_KEY_MODEL));
    return { store, close: database.close };
  },
};

describe.each(Object.entries(open))('ApiKeyStore: %s', (_where, openStore) => {
  let store: ApiKeyStore;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openStore());
  });
  afterAll(() => close());

  it('gives a key back just as it was stored', async () => {
    const plain = apiKey('plain', 'ada');
    const full: ApiKey = {
      ...apiKey('full', 'ada'),
      owner: { email: 'ada@example.com', roles: ['staff'] },
      scopes: ['read'],
      chatflowIds: ['assistant', 'other'],
      requestsPerMinute: 7,
      expiresAt: at(60),
      lastUsedAt: at(1),
    };
    await store.insert(plain, MAX_KEYS);
    await store.insert(full, MAX_KEYS);
    expect(await store.findByHash('hash-of-plain')).toEqual(plain);
    expect(await store.findByHash('hash-of-full')).toEqual(full);
    expect(await store.findByHash('hash-of-nothing')).toBeUndefined();
  });

  it("lists a user's own keys, newest first", async () => {
    for (const id of ['k1', 'k3', 'k2']) await store.insert(apiKey(id, 'bob'), MAX_KEYS);
    await store.insert(apiKey('k4', 'eve'), MAX_KEYS);
    expect((await store.listOf('bob')).map(({ id }) => id)).toEqual(['k3', 'k2', 'k1']);
  });

  it('takes as many as there is room for, however many come at once', async () => {
    const insert = (id: string) => store.insert(apiKey(id, 'fay'), MAX_KEYS);
    const results = await Promise.all(Array.from({ length: 60 }, (_, index) => insert(`fay-${index}`)));
    expect(results.filter((inserted) => inserted)).toHaveLength(MAX_KEYS);
    const keys = await store.listOf('fay');
    expect(keys).toHaveLength(MAX_KEYS);
    await store.remove('fay', keys[2]?.id ?? '');
    expect([await insert('fay-again'), await insert('fay-too-many')]).toEqual([true, false]);
  });

  it('removes a key for its owner only', async () => {
    await store.insert(apiKey('mine', 'carl'), MAX_KEYS);
    expect(await store.remove('eve', 'mine')).toBeUndefined();
    expect(await store.remove('carl', 'mine')).toEqual(apiKey('mine', 'carl'));
    expect(await store.findByHash('hash-of-mine')).toBeUndefined();
    expect(await store.remove('carl', 'mine')).toBeUndefined();
  });

  it('rotates a key that is as it was read, and finds it by both of its secrets', async () => {
    const key = apiKey('rotated', 'gus');
    await store.insert(key, MAX_KEYS);
    const secret = (hash: string) => ({ keyHash: hash, prefix: `tg_${hash}` });
    const previous = { keyHash: key.keyHash, until: at(30) };
    const rotated = { ...key, ...secret('second'), previous };
    expect(await store.rotate({ ...key, userId: 'eve' }, secret('stolen'))).toBeUndefined();
    expect(await store.rotate(key, { ...secret('second'), previous })).toEqual(rotated);
    expect(await store.rotate(key, secret('late'))).toBeUndefined();
    for (const hash of [key.keyHash, 'second']) expect(await store.findByHash(hash)).toEqual(rotated);
    const last = { ...key, ...secret('third') };
    expect(await store.rotate(rotated, secret('third'))).toEqual(last);
    for (const hash of [key.keyHash, 'second']) expect(await store.findByHash(hash)).toBeUndefined();
    expect(await store.find('gus', 'rotated')).toEqual(last);
    expect(await store.find('eve', 'rotated')).toBeUndefined();
  });

  it('notes a use unless a later one is noted', async () => {
    await store.insert(apiKey('used', 'dora'), MAX_KEYS);
    const lastUse = async () => (await store.findByHash('hash-of-used'))?.lastUsedAt;
    await store.noteUse('used', at(10), at(9));
    expect(await lastUse()).toEqual(at(10));
    await store.noteUse('used', at(11), at(9));
    expect(await lastUse()).toEqual(at(10));
    await store.noteUse('used', at(12), at(11));
    expect(await lastUse()).toEqual(at(12));
  });
});
