import { sharedCaches } from '../../../test/support/shared-caches.js';
import { FixedClock, RecordingLog, testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { MemoryRefreshTokenStore } from '../../../test/support/auth/memory-refresh-token.store.js';
import type { AuditLog, AuditNote } from '../../audit/audit-log.service.js';
import { JwtSecret } from './jwt-secret.js';
import { OpenSignIns } from './open-sign-ins.service.js';
import { MAX_SIGN_INS_PER_USER, REFRESH_GRACE_MS, RefreshTokenService } from './refresh-token.service.js';

const TTL_SECONDS = 1000;

function setUp() {
  const store = new MemoryRefreshTokenStore();
  const clock = new FixedClock();
  const log = new RecordingLog();
  const noted: AuditNote[] = [];
  const audit = { write: (note: AuditNote) => Promise.resolve(String(noted.push(note))) };
  const config = testConfig({ REFRESH_TOKEN_TTL_S: String(TTL_SECONDS) });
  const instance = (secret = 's'.repeat(40), other?: string) =>
    new RefreshTokenService(
      store,
      new OpenSignIns(store, sharedCaches(clock)),
      new JwtSecret(secret, other),
      config,
      clock,
      log,
      audit as unknown as AuditLog,
    );
  return { store, clock, log, noted, instance, tokens: instance() };
}

const refused = expect.objectContaining({ code: 'unauthenticated' });

describe('RefreshTokenService', () => {
  it('exchanges each token once for the next one of the same login', async () => {
    const { tokens } = setUp();
    const first = await tokens.issue('ada');
    const second = await tokens.rotate(first.token);
    const third = await tokens.rotate(second.token);
    expect([second.familyId, third.familyId]).toEqual([first.familyId, first.familyId]);
    expect(third.userId).toBe('ada');
    expect(new Set([first.token, second.token, third.token]).size).toBe(3);
  });

  it('stores no token in the clear', async () => {
    const { tokens, store } = setUp();
    const { token } = await tokens.issue('ada');
    const secret = token.split('.')[1] ?? '';
    expect(secret).toHaveLength(43);
    expect(JSON.stringify([...store.families.values()])).not.toContain(secret);
  });

  it('answers the same successor again for a while, on another instance too', async () => {
    const { tokens, instance, clock, store } = setUp();
    const first = await tokens.issue('ada');
    const second = await tokens.rotate(first.token);
    const { expiresAt } = store.families.get(first.familyId) ?? {};
    clock.time += REFRESH_GRACE_MS - 1;
    expect(await tokens.rotate(first.token)).toEqual(second);
    expect(await instance().rotate(first.token)).toEqual(second);
    expect(store.families.get(first.familyId)?.expiresAt).toEqual(expiresAt);
    await expect(tokens.rotate(second.token)).resolves.toMatchObject({ userId: 'ada' });
  });

  it('answers the same successor while the secret is changed, whichever of the two the first instance signs with', async () => {
    const { instance } = setUp();
    const [old, next] = ['o'.repeat(40), 'n'.repeat(40)];
    for (const [before, after] of [
      [instance(old, next), instance(next, old)],
      [instance(next, old), instance(old, next)],
    ] as const) {
      const first = await before.issue('ada');
      const second = await before.rotate(first.token);
      expect(await after.rotate(first.token)).toEqual(second);
      await expect(after.rotate(second.token)).resolves.toMatchObject({ userId: 'ada' });
    }
  });

  it('answers nothing again once the successor was used, or the login has ended', async () => {
    const { tokens } = setUp();
    const first = await tokens.issue('ada');
    await tokens.rotate((await tokens.rotate(first.token)).token);
    await expect(tokens.rotate(first.token)).rejects.toEqual(refused);
    const other = await tokens.issue('ada');
    await tokens.rotate(other.token);
    await tokens.revoke(other.token);
    await expect(tokens.rotate(other.token)).rejects.toEqual(refused);
  });

  it('makes successors that cannot be told without the secret', async () => {
    const { tokens, instance, store } = setUp();
    const first = await tokens.issue('ada');
    const family = store.families.get(first.familyId);
    const second = await tokens.rotate(first.token);
    if (family !== undefined) store.families.set(first.familyId, family);
    const elsewhere = await instance('t'.repeat(40)).rotate(first.token);
    expect(elsewhere.token).not.toBe(second.token);
  });

  it('ends the login when an old token is used again later, for the holder of the new one too', async () => {
    const { tokens, log, noted, clock } = setUp();
    const first = await tokens.issue('ada');
    const second = await tokens.rotate(first.token);
    clock.time += REFRESH_GRACE_MS;
    await expect(tokens.rotate(first.token)).rejects.toEqual(refused);
    await expect(tokens.rotate(second.token)).rejects.toEqual(refused);
    expect(log.lines).toEqual([expect.objectContaining({ level: 'warn', fields: { userId: 'ada' } })]);
    expect(noted).toEqual([
      expect.objectContaining({ action: 'sign-in.reuse-token', actorId: 'ada', targetId: first.familyId }),
    ]);
  });

  it('ends the oldest logins of a user who has too many, and nobody else’s', async () => {
    const { tokens, clock, store } = setUp();
    const other = await tokens.issue('bob');
    const issued = [];
    for (let count = 0; count < MAX_SIGN_INS_PER_USER + 3; count += 1) {
      clock.time += 1;
      issued.push((await tokens.issue('ada')).familyId);
    }
    expect([...store.families.keys()].sort()).toEqual([other.familyId, ...issued.slice(3)].sort());
  });

  it('leaves the other logins of the user alone', async () => {
    const { tokens, clock } = setUp();
    const [phone, laptop] = [await tokens.issue('ada'), await tokens.issue('ada')];
    await tokens.rotate(phone.token);
    clock.time += REFRESH_GRACE_MS;
    await expect(tokens.rotate(phone.token)).rejects.toEqual(refused);
    await expect(tokens.rotate(laptop.token)).resolves.toMatchObject({ userId: 'ada' });
  });

  it('answers many concurrent uses of a token with one and the same', async () => {
    const { tokens } = setUp();
    const { token } = await tokens.issue('ada');
    const results = await Promise.all(Array.from({ length: 20 }, () => tokens.rotate(token)));
    expect(new Set(results.map((result) => result.token)).size).toBe(1);
  });

  it('refuses a token that has expired; each rotation begins a new term', async () => {
    const { tokens, clock } = setUp();
    const first = await tokens.issue('ada');
    clock.time += TTL_SECONDS * 1000 - 1;
    const second = await tokens.rotate(first.token);
    clock.time += TTL_SECONDS * 1000;
    await expect(tokens.rotate(second.token)).rejects.toEqual(refused);
  });

  it('ends a login by any of its tokens', async () => {
    const { tokens } = setUp();
    const first = await tokens.issue('ada');
    const second = await tokens.rotate(first.token);
    await tokens.revoke(first.token);
    await expect(tokens.rotate(second.token)).rejects.toEqual(refused);
  });

  it.each(['', 'x', '.', `${'a'.repeat(22)}.${'b'.repeat(42)}`, `${'a'.repeat(22)}.${'b'.repeat(43)}`])(
    'refuses %j and ends nothing',
    async (token) => {
      const { tokens, store } = setUp();
      await tokens.issue('ada');
      await expect(tokens.rotate(token)).rejects.toEqual(refused);
      await tokens.revoke(token);
      expect(store.families.size).toBe(1);
    },
  );
});
