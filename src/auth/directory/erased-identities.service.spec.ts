import { sharedCaches } from '../../../test/support/shared-caches.js';
import { FixedClock, testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { MemoryProviderSessionStore } from '../../../test/support/auth/memory-provider-session.store.js';
import { ErasedIdentities } from './erased-identities.service.js';

const ADA = { issuer: 'https://id.example', subject: 'ada' };
const [OLD, NEW] = ['o'.repeat(40), 'n'.repeat(40)];

describe('ErasedIdentities', () => {
  const store = new MemoryProviderSessionStore();
  const clock = new FixedClock();
  const using = (env: Record<string, string>) =>
    new ErasedIdentities(store, clock, testConfig(env), sharedCaches(clock));

  it('know when a user was erased, by the issuer and the name, through an exchange of the secret', async () => {
    const before = using({ JWT_SECRET: OLD });
    expect(await before.erasedAt(ADA)).toBeUndefined();
    await before.bury(ADA);
    const at = new Date(clock.time);
    const during = using({ JWT_SECRET: NEW, JWT_OTHER_SECRET: OLD });
    for (const one of [before, during]) {
      expect(await one.erasedAt(ADA)).toEqual(at);
      expect(await one.erasedAt({ ...ADA, issuer: 'https://elsewhere.example' })).toBeUndefined();
      expect(await one.erasedAt({ ...ADA, subject: 'bob' })).toBeUndefined();
    }
    expect(await using({ JWT_SECRET: NEW }).erasedAt(ADA)).toBeUndefined();
  });

  it('keep nothing that names anybody, for a month', () => {
    const kept = [...store.sessions.values()];
    expect(kept).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{43}$/),
        endedAt: new Date(clock.time),
        expiresAt: new Date(clock.time + 31 * 86_400_000),
      },
    ]);
    expect(JSON.stringify(kept)).not.toMatch(/ada|id\.example/);
  });
});
