import { sharedCaches } from '../../../test/support/shared-caches.js';
import {
  FixedClock,
  principalOf,
  RecordingLog,
  testConfig,
} from '../../../test/support/auth/auth-fixtures.js';
import { MemoryProviderSessionStore } from '../../../test/support/auth/memory-provider-session.store.js';
import { MemoryUserIdentityStore } from '../../../test/support/auth/memory-user-identity.store.js';
import { MemoryUserStore } from '../../../test/support/auth/memory-user.store.js';
import { ErasedIdentities } from '../directory/erased-identities.service.js';
import { StoredUserDirectory } from '../directory/stored-user-directory.service.js';
import { LOGOUT_EVENT } from '../tokens/logout-token.js';
import { BackchannelLogout } from './backchannel-logout.service.js';
import { ProviderSessions } from './provider-sessions.service.js';

const ADA = { issuer: 'https://id.example', subject: 'ada' };
const audit = { around: (_question: unknown, work: () => Promise<unknown>) => work() };

describe('BackchannelLogout', () => {
  it("a provider's word makes nobody of one who was erased", async () => {
    const clock = new FixedClock();
    const [users, store] = [new MemoryUserStore(), new MemoryProviderSessionStore()];
    const erased = new ErasedIdentities(store, clock, testConfig(), sharedCaches(clock));
    const identities = new MemoryUserIdentityStore();
    const directory = new StoredUserDirectory(users, identities, erased, clock, sharedCaches(clock));
    await erased.bury(ADA);
    clock.time += 60_000;
    const iat = Math.floor(clock.time / 1000);
    const claims = { sub: ADA.subject, iat, exp: iat + 60, jti: 'one', events: { [LOGOUT_EVENT]: {} } };
    const issuer = {
      config: { id: 'id', issuer: ADA.issuer, clockToleranceSeconds: 0 },
      tokens: { verifyLogout: () => Promise.resolve(claims) },
    };
    const sessions = new ProviderSessions(store, clock, sharedCaches(clock));
    const noted = { note: () => undefined };
    const logouts = new BackchannelLogout(
      ...([
        ...[{ named: () => issuer }, noted, sessions, store, users, directory],
        ...[{ revoked: () => Promise.resolve() }, audit, noted, clock, new RecordingLog(), erased],
      ] as unknown as ConstructorParameters<typeof BackchannelLogout>),
    );
    await logouts.logOut('token', '127.0.0.1');
    expect(users.users.size).toBe(0);
    // And a token from between is as bad as it would be without the erasure.
    expect(await directory.ensureIdentity(ADA, { issuedAt: iat * 1000 })).toBeUndefined();
  });
});

describe('sessions at providers', () => {
  it('an end counts at once for whoever has the session now', async () => {
    const clock = new FixedClock();
    const sessions = new ProviderSessions(new MemoryProviderSessionStore(), clock, sharedCaches(clock));
    const who = (userId: string) =>
      principalOf(userId, { ...ADA, issuerSession: 'sid', issuedAt: clock.time });
    // Erased and come again, within the same session at the provider.
    expect(await sessions.isEnded(who('before'))).toBe(false);
    expect(await sessions.isEnded(who('after'))).toBe(false);
    expect(await sessions.userOf(ADA.issuer, 'sid')).toBe('after');
    await sessions.end({ issuer: ADA.issuer, kind: 'sid', name: 'sid', endedAt: new Date(clock.time) });
    expect(await sessions.isEnded(who('after'))).toBe(true);
  });
});
