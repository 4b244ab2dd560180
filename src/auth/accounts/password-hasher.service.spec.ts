import { cpuMsOf } from '../../../test/support/cpu-time.js';
import { PasswordHasher } from './password-hasher.service.js';

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

  it('spends as much on an unknown account as on a wrong password, and refuses it', async () => {
    const hash = await hasher.hash('swordfish');
    expect(await hasher.matches(undefined, 'wrong')).toBe(false);
    expect(await hasher.matches(hash, 'wrong')).toBe(false);
    const cost = (passwordHash: string | undefined) => cpuMsOf(() => hasher.matches(passwordHash, 'wrong'));
    // A look-up without the decoy takes thousands of times less; what else runs in this process is in both.
    expect((await cost(undefined)) / (await cost(hash))).toBeGreaterThan(0.1);
  });
});
