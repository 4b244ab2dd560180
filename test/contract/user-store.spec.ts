import type { OwnUser } from '../../src/auth/accounts/user.js';
import type { UserStore } from '../../src/auth/accounts/user.store.port.js';
import { AUTH_MODELS } from '../../src/persistence/auth/index.js';
import { MongooseUserStore } from '../../src/persistence/auth/mongoose-user.store.js';
import { USER_MODEL } from '../../src/persistence/auth/user.schema.js';
import { MemoryUserStore } from '../support/auth/memory-user.store.js';
import { openTestDatabase } from './support/test-database.js';

const user = (id: string): OwnUser => ({
  id,
  tenantId: 'default',
  accountId: `account-of-${id}`,
  email: `${id}@example.com`,
  passwordHash: 'hash',
  roles: ['user'],
  createdAt: new Date('2026-01-31T12:00:00Z'),
});

const open = {
  'in memory': async () => ({ store: new MemoryUserStore() as UserStore, close: async () => {} }),
  'on mongoose': async () => {
    const database = await openTestDatabase(AUTH_MODELS);
    const store: UserStore = new MongooseUserStore(database.model(USER_MODEL));
    return { store, close: database.close };
  },
};

describe.each(Object.entries(open))('UserStore: %s', (where, openStore) => {
  let store: UserStore;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openStore());
  });
  afterAll(() => close());

  it('finds an account by id and by e-mail, just as it was stored', async () => {
    expect(await store.insert(user('ada'))).toBe(true);
    expect(await store.findById('ada')).toEqual(user('ada'));
    expect(await store.findByEmail('ada@example.com')).toEqual(user('ada'));
  });

  it('finds nothing where there is nothing', async () => {
    expect(await store.findById('nobody')).toBeUndefined();
    expect(await store.findByEmail('nobody@example.com')).toBeUndefined();
  });

  it('stores one account per e-mail, of many at once exactly one', async () => {
    const rivals = Array.from({ length: 10 }, (_, i) => ({
      ...user(`rival-${i}`),
      email: 'one@example.com',
    }));
    const inserted = await Promise.all(rivals.map((rival) => store.insert(rival)));
    expect(inserted.filter(Boolean)).toHaveLength(1);
    expect((await store.findByEmail('one@example.com'))?.id).toBe(rivals[inserted.indexOf(true)]?.id);
  });

  it('stores users who sign in elsewhere, any number of them without an e-mail, each once', async () => {
    const { email: _, passwordHash: __, ...carl } = user('carl');
    const rivals = Array.from({ length: 10 }, (_, i) => ({ ...carl, accountId: `account-${i}` }));
    await Promise.all(rivals.map((rival) => store.ensure(rival)));
    const stored = await store.findById('carl');
    expect(rivals).toContainEqual(stored);
    await store.ensure({ ...carl, accountId: 'another' });
    expect(await store.findById('carl')).toEqual(stored);
    await store.ensure({ ...carl, id: 'dora' });
    expect((await store.findById('dora'))?.id).toBe('dora');
  });

  it('changes the password and nothing else', async () => {
    await store.insert(user('bob'));
    await store.setPasswordHash('bob', 'other');
    expect(await store.findById('bob')).toEqual({ ...user('bob'), passwordHash: 'other' });
    await store.setPasswordHash('nobody', 'other');
    expect(await store.findById('nobody')).toBeUndefined();
  });

  if (where === 'on mongoose') {
    it.each([{ $ne: null }, { $gt: '' }, { $regex: '.*' }, { $exists: true }])(
      'never takes %j for an operator',
      async (injected) => {
        await store.insert(user('victim'));
        const found = (look: Promise<unknown>) => look.catch(() => undefined);
        expect(await found(store.findByEmail(injected as never))).toBeUndefined();
        expect(await found(store.findById(injected as never))).toBeUndefined();
        await found(store.setPasswordHash(injected as never, 'stolen'));
        expect((await store.findById('victim'))?.passwordHash).toBe('hash');
      },
    );
  }
});
