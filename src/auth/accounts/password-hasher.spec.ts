import { PasswordHasher } from './password-hasher.js';

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
    await hasher.matches(undefined, 'warm-up');
    const cost = async (passwordHash: string | undefined): Promise<number> => {
      const began = process.hrtime.bigint();
      for (let i = 0; i < 5; i += 1) expect(await hasher.matches(passwordHash, 'wrong')).toBe(false);
      return Number(process.hrtime.bigint() - began);
    };
    // A look-up without the decoy takes thousands of times less; the bound is wide for busy machines.
    expect((await cost(undefined)) / (await cost(hash))).toBeGreaterThan(0.1);
  });
});
