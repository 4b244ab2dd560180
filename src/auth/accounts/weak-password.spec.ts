import { COMMON_PASSWORDS } from './common-passwords.js';
import { weaknessOf } from './weak-password.js';

describe('weaknessOf', () => {
  it.each(['password', 'Password', '12345678', 'QWERTYUIOP', 'trustno1'])(
    'finds %s too common',
    (password) => {
      expect(weaknessOf(password, 'ada@example.com')).toContain('guessed first');
    },
  );

  it.each([
    ['lovelace-1', 'lovelace@example.com'],
    ['my-ADA-is-here', 'Ada@example.com'],
  ])('finds %s too close to %s', (password, email) => {
    expect(weaknessOf(password, email)).toContain('e-mail');
  });

  it.each([
    ['correct horse battery staple', 'ada@example.com'],
    ['correct horse', 'or@example.com'],
    ['my example is long', 'ada@example.com'],
  ])('has nothing against %s of %s', (password, email) => {
    expect(weaknessOf(password, email)).toBeUndefined();
  });

  it('knows nearly a thousand, none of which the length would refuse', () => {
    expect(COMMON_PASSWORDS.size).toBeGreaterThan(950);
    expect([...COMMON_PASSWORDS].filter((one) => one.length < 8 || one !== one.toLowerCase())).toEqual([]);
  });
});
