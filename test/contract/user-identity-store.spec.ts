import type { UserIdentity, UserIdentityStore } from '../../src/auth/directory/user-identity.store.port.js';
import { AUTH_MODELS } from '../../src/persistence/auth/index.js';
import { MongooseUserIdentityStore } from '../../src/persistence/auth/mongoose-user-identity.store.js';
import { USER_IDENTITY_MODEL } from '../../src/persistence/auth/user-identity.schema.js';
import { MemoryUserIdentityStore } from '../support/auth/memory-user-identity.store.js';
import { openTestDatabase } from './support/test-database.js';

const ISSUER = 'https://id.example';
const identity = (subject: string, userId = `user-of-${subject}`): UserIdentity => ({
  issuer: ISSUER,
  subject,
  userId,
  createdAt: new Date('2026-01-31T12:00:00Z'),
});

const open = {
  'in memory': async () => ({
    store: new MemoryUserIdentityStore() as UserIdentityStore,
    close: async () => {},
  }),
  'on mongoose': async () => {
    const database = await openTestDatabase(AUTH_MODELS);
    const store: UserIdentityStore = new MongooseUserIdentityStore(database.model(USER_IDENTITY_MODEL));
    return { store, close: database.close };
  },
};

describe.each(Object.entries(open))('UserIdentityStore: %s', (_where, openStore) => {
  let store: UserIdentityStore;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openStore());
  });
  afterAll(() => close());

  it('finds a mapping from both sides, just as it was stored', async () => {
    expect(await store.ensure(identity('ada'))).toEqual(identity('ada'));
    expect(await store.find(ISSUER, 'ada')).toEqual(identity('ada'));
    expect(await store.findByUser('user-of-ada')).toEqual(identity('ada'));
  });

  it('finds nothing where there is nothing', async () => {
    expect(await store.find(ISSUER, 'nobody')).toBeUndefined();
    expect(await store.find('https://other.example', 'ada')).toBeUndefined();
    expect(await store.findByUser('nobody')).toBeUndefined();
  });

  it('unmaps a user, whose subject is somebody else’s then', async () => {
    const gone = await store.ensure(identity('eve'));
    expect(await store.removeOf('user-of-eve')).toEqual(gone);
    expect(await store.removeOf('user-of-eve')).toBeUndefined();
    expect(await store.find(ISSUER, 'eve')).toBeUndefined();
    expect((await store.ensure(identity('eve', 'another'))).userId).toBe('another');
  });

  it('maps a subject once, and tells everybody the same', async () => {
    const rivals = Array.from({ length: 10 }, (_, i) => identity('bob', `rival-${i}`));
    const stored = await Promise.all(rivals.map((rival) => store.ensure(rival)));
    expect(new Set(stored.map(({ userId }) => userId)).size).toBe(1);
    expect(await store.ensure(identity('bob', 'late'))).toEqual(stored[0]);
    expect(await store.findByUser('late')).toBeUndefined();
  });
});
