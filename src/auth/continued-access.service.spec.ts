import { erasedIdentities, FixedClock, principalOf } from '../../test/support/auth/auth-fixtures.js';
import { MemoryRefreshTokenStore } from '../../test/support/auth/memory-refresh-token.store.js';
import { MemoryUserIdentityStore } from '../../test/support/auth/memory-user-identity.store.js';
import { MemoryUserStore } from '../../test/support/auth/memory-user.store.js';
import { sharedCaches } from '../../test/support/shared-caches.js';
import type { UserChange } from './accounts/user.store.port.js';
import type { ApiKeyAuthenticator } from './api-keys/api-key.authenticator.js';
import type { ProviderSessions } from './backchannel/provider-sessions.service.js';
import { ContinuedAccess } from './continued-access.service.js';
import { StoredUserDirectory } from './directory/stored-user-directory.service.js';
import { OpenSignIns } from './tokens/open-sign-ins.service.js';

const ADA = {
  id: 'ada',
  tenantId: 'default',
  accountId: 'account-of-ada',
  email: 'ada@example.com',
  passwordHash: '',
  roles: ['user'] as const,
  createdAt: new Date(0),
};

async function setUp() {
  const clock = new FixedClock();
  const caches = sharedCaches(clock);
  const users = new MemoryUserStore();
  await users.insert(ADA);
  const directory = new StoredUserDirectory(
    users,
    new MemoryUserIdentityStore(),
    erasedIdentities(clock),
    clock,
    caches,
  );
  const families = new MemoryRefreshTokenStore();
  const keys = {
    standsFor: (hash: string) => Promise.resolve(hash === 'good' ? principalOf('ada') : undefined),
  };
  const sessions = {
    isEnded: ({ issuerSession }: { issuerSession?: string }) => Promise.resolve(issuerSession === 'ended'),
  };
  const access = new ContinuedAccess(
    directory,
    keys as unknown as ApiKeyAuthenticator,
    new OpenSignIns(families, caches),
    sessions as unknown as ProviderSessions,
  );
  const change = async (changes: UserChange) => {
    await users.change('ada', changes);
    directory.changed('ada');
  };
  /** Signed in now. */
  const signIn = async (id: string) => {
    const expiresAt = new Date(clock.time + 60_000);
    await families.insert({ id, userId: 'ada', secretHash: id, createdAt: new Date(clock.time), expiresAt });
    return principalOf('ada', { loginId: id, issuedAt: clock.time });
  };
  return { clock, families, access, change, signIn };
}

describe('ContinuedAccess', () => {
  it('ends nothing of who signs themselves out, and everything of before whom an administrator signs out', async () => {
    const { clock, families, access, change, signIn } = await setUp();
    const ada = await signIn('first');
    await families.removeOf('ada', 'first');
    await change({ signedOutAt: new Date(clock.time) });
    expect(await access.of(ada)).toEqual({ kind: 'goes-on', principal: ada });
    await change({ signedOutAt: new Date(clock.time), accessRevokedAt: new Date(clock.time) });
    expect(await access.of(ada)).toEqual({ kind: 'user-revoked' });
    // In the same second, behind that.
    const again = await signIn('second');
    expect(await access.of(again)).toEqual({ kind: 'goes-on', principal: again });
    clock.time += 1000;
    expect((await access.of(await signIn('third'))).kind).toBe('goes-on');
  });

  it('tells the roles of now, and of tokens of an issuer those that it told', async () => {
    const { access, change, signIn } = await setUp();
    const ada = await signIn('first');
    await change({ roles: ['user', 'admin'] });
    expect(await access.of(ada)).toEqual({
      kind: 'goes-on',
      principal: { ...ada, roles: ['user', 'admin'] },
    });
    const external = principalOf('ada', { issuer: 'issuer', subject: 'subject', roles: ['staff'] });
    expect(await access.of(external)).toEqual({ kind: 'goes-on', principal: external });
    expect(await access.of({ ...external, issuerSession: 'ended' })).toEqual({ kind: 'credential-revoked' });
  });

  it('ends what a key has begun with the key, and all with the user', async () => {
    const { access, change } = await setUp();
    const good = principalOf('ada', { apiKeyId: 'key', apiKeyHash: 'good' });
    const gone = { ...good, apiKeyHash: 'gone' };
    await change({ accessRevokedAt: new Date() });
    expect([(await access.of(good)).kind, (await access.of(gone)).kind]).toEqual([
      'goes-on',
      'credential-revoked',
    ]);
    await change({ disabledAt: new Date() });
    expect(await access.of(good)).toEqual({ kind: 'user-revoked' });
    expect(await access.of(principalOf('nobody'))).toEqual({ kind: 'user-revoked' });
  });
});
