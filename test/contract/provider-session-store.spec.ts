import type { ProviderSessionStore } from '../../src/auth/backchannel/provider-session.store.port.js';
import { AUTH_MODELS } from '../../src/persistence/auth/index.js';
import { MongooseProviderSessionStore } from '../../src/persistence/auth/mongoose-provider-session.store.js';
import { PROVIDER_SESSION_MODEL } from '../../src/persistence/auth/provider-session.schema.js';
import { MemoryProviderSessionStore } from '../support/auth/memory-provider-session.store.js';
import { openTestDatabase } from './support/test-database.js';

// In the future, so that no TTL sweep takes the documents away.
const NOW = Date.UTC(2090, 0, 1);
const at = (seconds: number) => new Date(NOW + seconds * 1000);

const open = {
  'in memory': async () => ({
    store: new MemoryProviderSessionStore() as ProviderSessionStore,
    close: async () => {},
  }),
  'on mongoose': async () => {
    const database = await openTestDatabase(AUTH_MODELS);
    const store: ProviderSessionStore = new MongooseProviderSessionStore(
      database.model(PROVIDER_SESSION_MODEL),
    );
    return { store, close: database.close };
  },
};

describe.each(Object.entries(open))('ProviderSessionStore: %s', (_where, openStore) => {
  let store: ProviderSessionStore;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openStore());
  });
  afterAll(() => close());

  it('remembers whose a session is, by whoever came last', async () => {
    expect(await store.find('one')).toBeUndefined();
    await Promise.all([1, 2, 3].map(() => store.ensure({ id: 'one', userId: 'ada', expiresAt: at(100) })));
    await store.ensure({ id: 'one', userId: 'bob', expiresAt: at(200) });
    expect(await store.find('one')).toEqual({ id: 'one', userId: 'bob', expiresAt: at(100) });
  });

  it('ends one that is known, and tells whose it was', async () => {
    await store.ensure({ id: 'two', userId: 'ada', expiresAt: at(100) });
    const ended = { id: 'two', userId: 'ada', endedAt: at(5), expiresAt: at(200) };
    expect(await store.end({ id: 'two', endedAt: at(5), expiresAt: at(200) })).toEqual(ended);
    expect(await store.end({ id: 'two', endedAt: at(3), expiresAt: at(150) })).toEqual(ended);
    await store.ensure({ id: 'two', userId: 'ada', expiresAt: at(100) });
    expect(await store.find('two')).toEqual(ended);
  });

  it('ends one that nobody came with yet, at any number of calls at once', async () => {
    const ends = [1, 2, 3, 4].map((seconds) =>
      store.end({ id: 'three', endedAt: at(seconds), expiresAt: at(100) }),
    );
    await Promise.all(ends);
    expect(await store.find('three')).toEqual({ id: 'three', endedAt: at(4), expiresAt: at(100) });
  });

  it('takes each logout token once', async () => {
    expect(await store.isUsed('token')).toBe(false);
    const taken = await Promise.all([1, 2, 3, 4].map(() => store.use('token', at(100))));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await store.isUsed('token')).toBe(true);
  });
});
