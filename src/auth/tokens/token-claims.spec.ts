import { readClaims } from './token-claims.js';

const read = (claims: object) => readClaims({ sub: 'ada', exp: 2, ...claims });

describe('readClaims', () => {
  it('reads who the token stands for and until when', () => {
    expect(read({ email: 'ada@example.com', roles: ['user'], sid: 'login' })).toEqual({
      subject: 'ada',
      email: 'ada@example.com',
      roles: ['user'],
      loginId: 'login',
      expiresAt: 2000,
    });
  });

  it.each([
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    ['a  b ', ['a', 'b']],
    [undefined, []],
    [{ a: true }, []],
    [['a', 1, null, ''], ['a']],
  ])('takes roles %j as %j', (roles, expected) => {
    expect(read({ roles })?.roles).toEqual(expected);
  });

  it.each([
    { sub: undefined },
    { sub: '' },
    { sub: 7 },
    { sub: 'a\r\nb' },
    { sub: 'a'.repeat(256) },
    { exp: undefined },
    { exp: '2' },
  ])('refuses %j', (claims) => {
    expect(read(claims)).toBeUndefined();
  });

  it('refuses a payload that is no object', () => {
    expect(readClaims('ada')).toBeUndefined();
  });
});
