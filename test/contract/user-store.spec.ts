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

  it('lists users newest first, by what their e-mails begin with, their roles and whether they are disabled', async () => {
    await store.insert({ ...user('list-1'), email: 'list@one.example' });
    await store.insert({ ...user('list-2'), email: 'list.two@example.com', roles: ['user', 'admin'] });
    const { email: _, passwordHash: __, ...external } = user('list-3');
    await store.ensure({ ...external, roles: [] });
    const ids = async (...asked: Parameters<UserStore['list']>) =>
      (await store.list(...asked)).map(({ id }) => id).filter((id) => id.startsWith('list-'));
    expect(await ids({}, undefined, 100)).toEqual(['list-3', 'list-2', 'list-1']);
    expect(await ids({}, 'list-3', 1)).toEqual(['list-2']);
    expect(await ids({ emailPrefix: 'list' }, undefined, 100)).toEqual(['list-2', 'list-1']);
    expect(await ids({ emailPrefix: 'list.' }, undefined, 100)).toEqual(['list-2']);
    expect(await ids({ emailPrefix: 'list', role: 'admin' }, undefined, 100)).toEqual(['list-2']);
    await store.change('list-3', { disabledAt: new Date(0) });
    expect(await ids({ isDisabled: true }, undefined, 100)).toEqual(['list-3']);
    expect(await ids({ isDisabled: false }, 'list-4', 2)).toEqual(['list-2', 'list-1']);
  });

  it('changes roles and whether a user is disabled, and nothing else', async () => {
    const dave = { ...user('dave'), roles: ['user' as const] };
    await store.insert(dave);
    const disabledAt = new Date('2026-02-28T12:00:00Z');
    expect(await store.change('dave', { disabledAt })).toEqual({ ...dave, disabledAt });
    expect(await store.change('dave', { roles: ['admin'] })).toEqual({
      ...dave,
      roles: ['admin'],
      disabledAt,
    });
    expect(await store.change('dave', { disabledAt: null })).toEqual({ ...dave, roles: ['admin'] });
    expect(await store.findById('dave')).toEqual({ ...dave, roles: ['admin'] });
    const signedOutAt = disabledAt;
    expect(await store.change('dave', { signedOutAt })).toEqual({ ...dave, roles: ['admin'], signedOutAt });
    const accessRevokedAt = signedOutAt;
    const revoked = { ...dave, roles: ['admin'], signedOutAt, accessRevokedAt };
    expect(await store.change('dave', { accessRevokedAt })).toEqual(revoked);
    expect(await store.change('nobody', { disabledAt })).toBeUndefined();
  });

  it('moves a user to another tenant by the token that was issued last, and lists users by their tenant', async () => {
    const { email: _, passwordHash: __, ...moving } = user('moving');
    await store.ensure(moving);
    const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000);
    expect(await store.moveTo('moving', 'acme', at(5))).toBe(true);
    expect(await store.moveTo('moving', 'globex', at(5))).toBe(false);
    expect(await store.moveTo('moving', 'globex', at(4))).toBe(false);
    expect(await store.findById('moving')).toEqual({ ...moving, tenantId: 'acme', tenantSince: at(5) });
    const rivals = await Promise.all(
      [6, 6, 6, 6].map((second) => store.moveTo('moving', 'globex', at(second))),
    );
    expect(rivals.filter(Boolean)).toHaveLength(1);
    // A later token that tells the same keeps those of before it from moving anybody.
    await store.affirmTenant('moving', 'globex', at(8));
    await store.affirmTenant('moving', 'globex', at(7));
    await store.affirmTenant('moving', 'acme', at(20));
    await store.affirmTenant('nobody', 'globex', at(8));
    expect(await store.moveTo('moving', 'acme', at(8))).toBe(false);
    expect(await store.findById('moving')).toMatchObject({ tenantId: 'globex', tenantSince: at(8) });
    expect(await store.moveTo('nobody', 'acme', at(9))).toBe(false);
    const ids = async (tenantId: string) =>
      (await store.list({ tenantId }, undefined, 100)).map(({ id }) => id);
    expect([await ids('globex'), await ids('acme')]).toEqual([['moving'], []]);
    expect(await ids('default')).toContain('ada');
  });

  it('tells whether there is another admin who is not disabled', async () => {
    for (const { id } of await store.list({ role: 'admin' }, undefined, 100))
      await store.change(id, { roles: ['user'] });
    expect(await store.hasOtherAdmin('nobody')).toBe(false);
    await store.insert({ ...user('boss'), roles: ['admin'] });
    expect(await store.hasOtherAdmin('nobody')).toBe(true);
    expect(await store.hasOtherAdmin('boss')).toBe(false);
    await store.change('boss', { disabledAt: new Date(0) });
    expect(await store.hasOtherAdmin('nobody')).toBe(false);
  });

  it('claims an admin once, who counts for nobody meanwhile, and is changed only with the claim', async () => {
    for (const { id } of await store.list({ role: 'admin' }, undefined, 100))
      await store.change(id, { roles: ['user'] });
    for (const id of ['first', 'second']) await store.insert({ ...user(id), roles: ['admin'] });
    const claim = { id: 'a claim', at: new Date('2026-01-31T12:00:00Z') };
    const rivals = await Promise.all(Array.from({ length: 5 }, () => store.claimAdmin('first', claim)));
    expect(rivals.filter(Boolean)).toHaveLength(1);
    expect(await store.findById('first')).toMatchObject({ adminClaim: claim });
    expect([await store.hasOtherAdmin('second'), await store.hasOtherAdmin('first')]).toEqual([false, true]);
    await store.unclaimAdmin('first', 'another');
    expect(await store.change('first', { roles: ['user'] }, 'another')).toBeUndefined();
    expect(await store.change('first', { disabledAt: new Date(0) }, 'a claim')).toEqual({
      ...user('first'),
      roles: ['admin'],
      disabledAt: new Date(0),
    });
    expect(await store.change('first', { disabledAt: null }, 'a claim')).toBeUndefined();
    await store.change('first', { disabledAt: null });
    await store.claimAdmin('first', claim);
    await store.dropAdminClaims('nobody', claim.at);
    expect(await store.hasOtherAdmin('second')).toBe(false);
    await store.dropAdminClaims('nobody', new Date(claim.at.getTime() + 1));
    expect(await store.hasOtherAdmin('second')).toBe(true);
    await store.claimAdmin('first', claim);
    await store.unclaimAdmin('first', 'a claim');
    expect(await store.findById('first')).toEqual({ ...user('first'), roles: ['admin'] });
    for (const id of ['first', 'second']) await store.change(id, { roles: ['user'] });
  });

  it('sets a password by a reset that was allowed, once, and forgets it when the password changes', async () => {
    await store.insert(user('forgetful'));
    const reset = { hash: 'token', expiresAt: new Date('2090-01-01T00:00:00Z') };
    await store.setPasswordReset('forgetful', { ...reset, hash: 'earlier' });
    await store.setPasswordReset('forgetful', reset);
    expect(await store.findById('forgetful')).toEqual({ ...user('forgetful'), passwordReset: reset });
    expect(await store.resetPassword('forgetful', 'earlier', 'stolen')).toBe(false);
    const rivals = await Promise.all(
      Array.from({ length: 5 }, () => store.resetPassword('forgetful', 'token', 'new')),
    );
    expect(rivals.filter(Boolean)).toHaveLength(1);
    expect(await store.findById('forgetful')).toEqual({ ...user('forgetful'), passwordHash: 'new' });
    await store.setPasswordReset('forgetful', reset);
    await store.setPasswordHash('forgetful', 'other');
    expect(await store.resetPassword('forgetful', 'token', 'stolen')).toBe(false);
    expect((await store.findById('forgetful'))?.passwordHash).toBe('other');
  });

  it('changes the password and nothing else', async () => {
    await store.insert(user('bob'));
    await store.setPasswordHash('bob', 'other');
    expect(await store.findById('bob')).toEqual({ ...user('bob'), passwordHash: 'other' });
    await store.setPasswordHash('nobody', 'other');
    expect(await store.findById('nobody')).toBeUndefined();
  });

  it('changes the password of who still has this one, once of many at once', async () => {
    await store.insert(user('changing'));
    await store.setPasswordReset('changing', { hash: 'token', expiresAt: new Date('2090-01-01T00:00:00Z') });
    const rivals = ['one', 'two', 'three'].map((next) => store.replacePasswordHash('changing', 'hash', next));
    expect((await Promise.all(rivals)).filter(Boolean)).toHaveLength(1);
    const changed = await store.findById('changing');
    expect(['one', 'two', 'three']).toContain(changed?.passwordHash);
    expect(changed?.passwordReset).toBeUndefined();
    expect(await store.replacePasswordHash('changing', 'hash', 'late')).toBe(false);
    expect(await store.replacePasswordHash('nobody', 'hash', 'late')).toBe(false);
    expect(await store.findById('changing')).toEqual(changed);
  });

  it('removes a user, whose mail is free then', async () => {
    await store.insert(user('leaving'));
    await store.remove('leaving');
    await store.remove('leaving');
    expect(await store.findById('leaving')).toBeUndefined();
    expect(await store.insert(user('leaving'))).toBe(true);
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
        await found(store.replacePasswordHash('victim', injected as never, 'stolen'));
        expect((await store.findById('victim'))?.passwordHash).toBe('hash');
      },
    );
  }
});
