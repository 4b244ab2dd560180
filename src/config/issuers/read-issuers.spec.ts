import { loadConfig } from '../load-config.js';
import { ConfigError } from '../config.error.js';
import { ISSUER_ALGORITHMS } from './issuer-config.js';
import { MAX_ISSUERS } from './read-issuers.js';

const LEAST = { id: 'corp', name: 'Corp', issuer: 'https://id.example/', audience: 'tollgate' };

const load = (issuers: unknown, env: Record<string, string> = {}) =>
  loadConfig({ OIDC_ISSUERS: typeof issuers === 'string' ? issuers : JSON.stringify(issuers), ...env }).auth;

function problemsOf(issuers: unknown, env: Record<string, string> = {}): readonly string[] {
  try {
    load(issuers, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('OIDC_ISSUERS', () => {
  it('needs little, and leaves own accounts beside', () => {
    expect(load([LEAST])).toMatchObject({
      ownAccounts: true,
      issuers: [
        {
          id: 'corp',
          name: 'Corp',
          // To the character: tokens of Auth0 name their issuer with the slash.
          issuer: 'https://id.example/',
          audience: ['tollgate'],
          audienceClaim: 'aud',
          scopes: ['openid', 'profile', 'email'],
          algorithms: ISSUER_ALGORITHMS,
          clockToleranceSeconds: 30,
          rolesClaims: ['roles', 'realm_access.roles'],
          groupsClaims: [],
        },
      ],
    });
    expect(load([LEAST]).issuers[0]).not.toHaveProperty('roleMap');
  });

  it('takes everything else', () => {
    const more = {
      audience: ['a', 'b'],
      audienceClaim: 'client_id',
      jwksUri: 'https://id.example/keys',
      clientId: 'page',
      deviceClientId: 'terminal',
      scopes: ['openid'],
      parameters: { audience: 'https://api.example' },
      algorithms: ['ES256'],
      rolesClaims: ['https://id.example/roles'],
      groupsClaims: ['cognito:groups'],
      roleMap: { staff: 'user', '/it': ['admin', 'user'] },
      tenantClaim: 'https://id.example/org.id',
      tenantMap: { 'Acme Inc.': 'acme' },
      defaultTenant: 'others',
    };
    expect(load([{ ...LEAST, ...more }]).issuers[0]).toEqual({
      ...LEAST,
      ...more,
      roleMap: { staff: ['user'], '/it': ['admin', 'user'] },
      clockToleranceSeconds: 30,
    });
  });

  it.each<[string, unknown, string]>([
    ['a misspelt field', { client_id: 'x' }, 'client_id is not a field: is clientId meant?'],
    ['a field that is none', { secret: 'hush' }, 'secret is not a field'],
    ['a name that is no word', { 'a b\n': 1 }, 'a field is not a field'],
    ['several claims of the tenant', { tenantClaim: 'a,b' }, 'tenantClaim must be the path of one claim'],
    ['a map without the claim', { tenantMap: {} }, 'tenantMap needs tenantClaim'],
    ['a default without the claim', { defaultTenant: 'a' }, 'defaultTenant needs tenantClaim'],
    ['a tenant with a space', { tenantClaim: 'a', tenantMap: { a: 'b c' } }, 'tenantMap must be'],
    [
      'too long a tenant',
      { tenantClaim: 'a', defaultTenant: 'a'.repeat(65) },
      'defaultTenant must be 1 to 64',
    ],
    ['an id with a colon', { id: 'a:b' }, 'id must be 1 to 40 small letters'],
    ['an issuer that is no address', { issuer: 'id.example' }, 'issuer must be a URL'],
    ['an issuer with a query', { issuer: 'https://id.example/?a' }, 'issuer must be a URL'],
    ['no audience', { audience: [] }, 'audience must be'],
    ['HS256', { algorithms: ['HS256'] }, 'algorithms must be a list of RS256'],
    ['none', { algorithms: ['none'] }, 'algorithms must be a list of RS256'],
    ['no algorithm', { algorithms: [] }, 'algorithms must be a list of RS256'],
    ['scopes in one text', { scopes: 'openid profile' }, 'scopes must be a list'],
    ['a parameter of the client', { parameters: { redirect_uri: 'x' } }, 'parameters must be'],
    ['a map of numbers', { roleMap: { a: 1 } }, 'roleMap must be'],
    [
      'too large a map',
      { roleMap: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [i, 'a'])) },
      'roleMap must be',
    ],
    ['too many claims', { rolesClaims: Array.from({ length: 11 }, String) }, 'rolesClaims must be'],
  ])('refuses %s, by name and without the value', (_what, changes, problem) => {
    const problems = problemsOf([
      LEAST,
      { ...LEAST, id: 'two', issuer: 'https://two.example', ...(changes as object) },
    ]);
    expect(problems).toEqual([expect.stringContaining(`OIDC_ISSUERS (issuer 2) ${problem}`)]);
    expect(problems.join()).not.toContain('hush');
  });

  it.each(['id', 'name', 'issuer', 'audience'])('needs %s', (name) => {
    expect(problemsOf([{ ...LEAST, [name]: undefined }])).toEqual([
      `OIDC_ISSUERS (issuer 1) ${name} is required`,
    ]);
  });

  it.each([
    ['no JSON', '[', 'must be a JSON list'],
    ['no list', LEAST, 'must be a JSON list'],
    ['no objects', ['https://id.example'], '(issuer 1) must be an object'],
    ['the same issuer twice', [LEAST, { ...LEAST, id: 'two' }], 'has the same issuer twice'],
    ['the same id twice', [LEAST, { ...LEAST, issuer: 'https://two.example' }], 'has the same id twice'],
    [
      'too many',
      Array.from({ length: MAX_ISSUERS + 1 }, (_, i) => ({
        ...LEAST,
        id: `n${i}`,
        issuer: `https://${i}.example`,
      })),
      `names more than ${MAX_ISSUERS} issuers`,
    ],
  ])('refuses %s', (_what, issuers, problem) => {
    expect(problemsOf(issuers)).toEqual([expect.stringContaining(`OIDC_ISSUERS ${problem}`)]);
  });

  const SINGLE = {
    JWT_JWKS_URI: 'https://old.example/jwks',
    JWT_ISSUER: 'https://old.example',
    JWT_AUDIENCE: 'tollgate',
  };

  it('stands beside the settings of one issuer, which keep own accounts off unless they are asked for', () => {
    const { issuers, ownAccounts } = load([LEAST], SINGLE);
    expect(issuers.map(({ id, name }) => [id, name])).toEqual([
      ['default', 'old.example'],
      ['corp', 'Corp'],
    ]);
    expect(ownAccounts).toBe(false);
    expect(load([LEAST], { ...SINGLE, OWN_ACCOUNTS: 'on' }).ownAccounts).toBe(true);
    expect(problemsOf([{ ...LEAST, issuer: SINGLE.JWT_ISSUER }], SINGLE)).toHaveLength(1);
  });

  it('may be all there is, and no secret is needed then', () => {
    const production = { NODE_ENV: 'production', MONGODB_URI: 'mongodb://a' };
    expect(load([LEAST], { ...production, OWN_ACCOUNTS: 'off' }).ownAccounts).toBe(false);
    expect(problemsOf([LEAST], production)).toEqual([expect.stringContaining('JWT_SECRET is required')]);
    expect(problemsOf([], { OWN_ACCOUNTS: 'off' })).toEqual([expect.stringContaining('OWN_ACCOUNTS needs')]);
  });
});
