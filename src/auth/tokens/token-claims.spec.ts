import { readClaims } from './token-claims.js';

const read = (claims: object) => readClaims({ sub: 'ada', exp: 2, ...claims });

describe('readClaims', () => {
  it('reads who the token stands for and until when', () => {
    expect(read({ email: 'ada@example.com', roles: ['user'], sid: 'login' })).toEqual({
      subject: 'ada',
      email: 'ada@example.com',
      roles: ['user'],
      sessionId: 'login',
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

  describe('at other paths', () => {
    const rolesOf = (claims: object, rolesClaims: string[], groupsClaims: string[] = []) =>
      readClaims({ sub: 'ada', exp: 2, ...claims }, { rolesClaims, groupsClaims })?.roles;

    it.each([
      ['Keycloak', { realm_access: { roles: ['staff'] } }, 'realm_access.roles'],
      [
        'a Keycloak client',
        { resource_access: { 'my.app': { roles: ['staff'] } } },
        'resource_access.my.app.roles',
      ],
      ['Auth0', { 'https://id.example/roles': ['staff'] }, 'https://id.example/roles'],
      ['Cognito', { 'cognito:groups': ['staff'] }, 'cognito:groups'],
      ['OAuth scopes', { scope: 'openid staff' }, 'scope'],
    ])('reads the roles of %s', (_whose, claims, path) => {
      expect(rolesOf(claims, [path])).toContain('staff');
    });

    it('joins all of them, each role once', () => {
      const claims = { roles: ['a', 'b'], realm_access: { roles: 'b c' } };
      expect(rolesOf(claims, ['roles', 'realm_access.roles'])).toEqual(['a', 'b', 'c']);
    });

    it('takes groups for roles, but makes nobody an admin by one', () => {
      expect(rolesOf({ roles: ['user'], groups: ['/staff', 'admin'] }, ['roles'], ['groups'])).toEqual([
        'user',
        '/staff',
      ]);
      expect(rolesOf({ roles: ['admin'], groups: ['admin'] }, ['roles'], ['groups'])).toEqual(['admin']);
    });

    it('adds what a map says of roles and groups, and makes admins by nothing else then', () => {
      const rolesBy = (roleMap: Record<string, string[]>, claims: object) =>
        readClaims(
          { sub: 'ada', exp: 2, ...claims },
          { rolesClaims: ['roles'], groupsClaims: ['groups'], roleMap },
        )?.roles;
      const claims = { roles: ['staff', 'admin'], groups: ['/it', 'toString'] };
      expect(rolesBy({}, claims)).toEqual(['staff', '/it', 'toString']);
      expect(rolesBy({ '/it': ['admin', 'staff'] }, claims)).toEqual(['staff', '/it', 'toString', 'admin']);
      expect(rolesBy({ admin: ['admin'] }, claims)).toContain('admin');
      expect(rolesBy({ other: ['admin'] }, claims)).not.toContain('admin');
    });

    it.each(['a.b', 'a.', '.', 'roles.0', 'roles.length', '__proto__', 'constructor.name', 'toString'])(
      'finds none at %j',
      (path) => {
        expect(rolesOf({ roles: ['staff'], a: 'text' }, [path])).toEqual([]);
      },
    );
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
