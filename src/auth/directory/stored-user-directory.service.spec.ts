import { sharedCaches } from '../../../test/support/shared-caches.js';
import { erasedIdentities, FixedClock } from '../../../test/support/auth/auth-fixtures.js';
import { MemoryUserIdentityStore } from '../../../test/support/auth/memory-user-identity.store.js';
import { MemoryUserStore } from '../../../test/support/auth/memory-user.store.js';
import { StoredUserDirectory } from './stored-user-directory.service.js';

const ISSUER = 'https://id.example';
const at = (subject: string, issuer = ISSUER) => ({ issuer, subject });

/** One instance over stores that others may share. */
function setUp() {
  const users = new MemoryUserStore();
  const identities = new MemoryUserIdentityStore();
  const clock = new FixedClock();
  const erased = erasedIdentities(clock);
  const open = () => new StoredUserDirectory(users, identities, erased, clock, sharedCaches(clock));
  return { users, identities, erased, clock, open, directory: open() };
}

describe('StoredUserDirectory', () => {
  it('makes nobody of a token from before their erasure, and somebody new of a later one', async () => {
    const { directory, users, erased, clock } = setUp();
    const ada = at('ext-ada');
    await erased.bury(ada);
    const erasedAt = new Date(clock.time);
    expect(await directory.ensureIdentity(ada, { issuedAt: clock.time })).toBeUndefined();
    expect(users.users.size).toBe(0);
    const made = await directory.ensureIdentity(ada, { issuedAt: clock.time + 1 });
    // What was issued before stands for nobody still.
    expect(made).toMatchObject({ signedOutAt: erasedAt });
    expect(await directory.ensureIdentity(at('ext-bob'), { issuedAt: 0 })).not.toHaveProperty('signedOutAt');
    expect((await directory.ensureIdentity(at('ext-eve'), { issuedAt: 0, tenantId: 'acme' }))?.tenantId).toBe(
      'acme',
    );
  });

  it('makes a user of our own for a subject, with an account and without an e-mail', async () => {
    const { directory, users } = setUp();
    const ada = await directory.ensureIdentity(at('ext-ada'));
    expect(users.users.get(ada?.userId ?? '')).toEqual({
      id: ada?.userId,
      tenantId: 'default',
      accountId: ada?.accountId,
      roles: [],
      createdAt: expect.any(Date),
    });
    expect(new Set([ada?.userId, ada?.accountId, 'ext-ada']).size).toBe(3);
    expect(await directory.find(ada?.userId ?? '')).toEqual(ada);
    expect(await directory.accountOf(ada?.userId ?? '')).toBe(ada?.accountId);
    expect(await directory.identityOf(ada?.userId ?? '')).toEqual(at('ext-ada'));
  });

  it('gives everybody the same user, on this instance and on others', async () => {
    const { directory, open, users } = setUp();
    const asked = [directory, directory, open(), directory, open()];
    const found = await Promise.all(asked.map((one) => one.ensureIdentity(at('ext-ada'))));
    expect(new Set(found.map((entry) => entry?.userId)).size).toBe(1);
    expect(users.users.size).toBe(1);
    expect((await directory.ensureIdentity(at('ext-bob')))?.userId).not.toBe(found[0]?.userId);
  });

  it('goes on from a mapping whose user was never made', async () => {
    const { directory, identities } = setUp();
    await identities.ensure({ ...at('ext-ada'), userId: 'halfway', createdAt: new Date(0) });
    expect(await directory.findByIdentity(at('ext-ada'))).toBeUndefined();
    expect(await directory.ensureIdentity(at('ext-ada'))).toMatchObject({ userId: 'halfway' });
    expect(await directory.findByIdentity(at('ext-ada'))).toMatchObject({ userId: 'halfway' });
  });

  it('tells the subjects of different issuers apart', async () => {
    const { directory } = setUp();
    const elsewhere = at('ada', 'https://other.example');
    const [here, there] = [
      await directory.ensureIdentity(at('ada')),
      await directory.ensureIdentity(elsewhere),
    ];
    expect(here?.userId).not.toBe(there?.userId);
    expect(await directory.identityOf(there?.userId ?? '')).toEqual(elsewhere);
    expect(await directory.findByIdentity(at('ada'))).toEqual(here);
  });

  it('makes nothing by looking', async () => {
    const { directory, users, identities } = setUp();
    expect(await directory.findByIdentity(at('ext-ada'))).toBeUndefined();
    expect(await directory.find('ext-ada')).toBeUndefined();
    expect([users.users.size, identities.identities.size]).toEqual([0, 0]);
  });

  it('looks up once what it has found, and again what it has not', async () => {
    const { directory, open, users, identities } = setUp();
    const ada = await open().ensureIdentity(at('ext-ada'));
    users.lookUps = 0;
    identities.lookUps = 0;
    for (let i = 0; i < 3; i += 1) {
      await directory.ensureIdentity(at('ext-ada'));
      await directory.identityOf(ada?.userId ?? '');
      await directory.accountOf(ada?.userId ?? '');
    }
    expect([users.lookUps, identities.lookUps]).toEqual([1, 2]);
    await directory.find('nobody');
    await directory.find('nobody');
    expect(users.lookUps).toBe(3);
  });
});
