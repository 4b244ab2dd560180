/** @jest-environment node */
import { cpuMsOf } from '../../../test/support/cpu-time.js';
import { MAX_CONCURRENT_HASHES, MAX_WAITING_HASHES, PasswordHasher } from './password-hasher.service.js';

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher();

  it('hashes with argon2id, a salt of its own each time', async () => {
    const [one, two] = [await hasher.hash('swordfish'), await hasher.hash('swordfish')];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('accepts the right password and no other', async () => {
    const hash = await hasher.hash('swordfish');
    expect(await hasher.matches(hash, 'swordfish')).toBe(true);
    expect(await hasher.matches(hash, 'Swordfish')).toBe(false);
    expect(await hasher.matches(hash, '')).toBe(false);
  });

  it('lets some hundred wait, refuses those beyond, and goes on after that', async () => {
    const busy = new PasswordHasher();
    const hash = await busy.hash('swordfish');
    const room = MAX_CONCURRENT_HASHES + MAX_WAITING_HASHES;
    const all = Array.from({ length: room + 50 }, () => busy.matches(hash, 'swordfish'));
    const results = await Promise.allSettled(all);
    expect(results.filter((one) => one.status === 'fulfilled' && one.value)).toHaveLength(room);
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refused).toEqual(
      Array.from({ length: 50 }, () => expect.objectContaining({ code: 'overloaded', retryAfterSeconds: 2 })),
    );
    expect(await busy.matches(hash, 'swordfish')).toBe(true);
  });

  it('spends as much on an unknown account as on a wrong password, and refuses it', async () => {
    const hash = await hasher.hash('swordfish');
    expect(await hasher.matches(undefined, 'wrong')).toBe(false);
    expect(await hasher.matches(hash, 'wrong')).toBe(false);
    const cost = (passwordHash: string | undefined) => cpuMsOf(() => hasher.matches(passwordHash, 'wrong'));
    // A look-up without the decoy takes thousands of times less; what else runs in this process is in both.
    expect((await cost(undefined)) / (await cost(hash))).toBeGreaterThan(0.1);
  });
});
