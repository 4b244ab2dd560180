import { FixedClock, RecordingLog, testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { MemoryRefreshTokenStore } from '../../../test/support/auth/memory-refresh-token.store.js';
import { RefreshTokenService } from './refresh-token.service.js';

const TTL_SECONDS = 1000;

function setUp() {
  const store = new MemoryRefreshTokenStore();
  const clock = new FixedClock();
  const log = new RecordingLog();
  const config = testConfig({ REFRESH_TOKEN_TTL_S: String(TTL_SECONDS) });
  return { store, clock, log, tokens: new RefreshTokenService(store, config, clock, log) };
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

  it('ends the login when an old token is used again, for the holder of the new one too', async () => {
    const { tokens, log } = setUp();
    const first = await tokens.issue('ada');
    const second = await tokens.rotate(first.token);
    await expect(tokens.rotate(first.token)).rejects.toEqual(refused);
    await expect(tokens.rotate(second.token)).rejects.toEqual(refused);
    expect(log.lines).toEqual([expect.objectContaining({ level: 'warn', fields: { userId: 'ada' } })]);
  });

  it('leaves the other logins of the user alone', async () => {
    const { tokens } = setUp();
    const [phone, laptop] = [await tokens.issue('ada'), await tokens.issue('ada')];
    await tokens.rotate(phone.token);
    await expect(tokens.rotate(phone.token)).rejects.toEqual(refused);
    await expect(tokens.rotate(laptop.token)).resolves.toMatchObject({ userId: 'ada' });
  });

  it('lets exactly one of many concurrent uses of a token through', async () => {
    const { tokens } = setUp();
    const { token } = await tokens.issue('ada');
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => tokens.rotate(token)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
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
