import { createHmac } from 'node:crypto';
import { UnsecuredJWT, type JWTPayload } from 'jose';
import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';
import { AUDIENCE, ISSUER, TestIssuer } from '../support/auth/test-issuer.js';

const OWN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
];
const nowSeconds = () => Math.floor(Date.now() / 1000);
const unauthenticated = expect.objectContaining({ status: 401, code: 'unauthenticated' });

/** Signs by hand what no honest library would: HS256 with the issuer's public key as the secret. */
function hs256(payload: object, secret: string, kid: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const input = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

describe('An external issuer', () => {
  let issuer: TestIssuer;
  let server: AuthServer;
  let api: ApiClient;
  beforeAll(async () => {
    issuer = await TestIssuer.start(ALGORITHMS);
    server = await startAuthServer({ ...issuer.env, JWT_GROUPS_CLAIMS: 'groups' });
    api = new ApiClient(server.url);
  });
  afterAll(async () => {
    await server.close();
    await issuer.close();
  });

  it.each(ALGORITHMS)('is believed when it signs with %s', async (alg) => {
    const token = await issuer.token({ email: 'ada@corp.example', roles: 'user staff' }, alg);
    const me = await api.bearer(token).get('/auth/me');
    expect(me.body).toEqual({
      userId: expect.stringMatching(OWN_ID),
      email: 'ada@corp.example',
      roles: ['user', 'staff'],
    });
  });

  it('may name roles as a list, or none', async () => {
    const roles = async (claims: JWTPayload) =>
      (await api.bearer(await issuer.token(claims)).get('/auth/me')).body.roles as unknown;
    expect(await roles({ roles: ['admin'] })).toEqual(['admin']);
    expect(await roles({})).toEqual([]);
  });

  it('may name them where Keycloak does, and groups', async () => {
    const token = await issuer.token({
      realm_access: { roles: ['admin', 'offline_access'] },
      groups: ['/staff', 'admin'],
    });
    const keycloak = api.bearer(token);
    expect((await keycloak.get('/auth/me')).body.roles).toEqual(['admin', 'offline_access', '/staff']);
    expect((await keycloak.get('/accounting/reconciliation')).status).toBe(200);
    const member = api.bearer(await issuer.token({ groups: ['admin'] }));
    expect((await member.get('/accounting/reconciliation')).status).toBe(403);
  });

  it('may have a clock that is half a minute off, and no more', async () => {
    const status = async (claims: JWTPayload) =>
      (await api.bearer(await issuer.token(claims)).get('/auth/me')).status;
    expect(await status({ exp: nowSeconds() - 10 })).toBe(200);
    expect(await status({ nbf: nowSeconds() + 20 })).toBe(200);
    expect(await status({ exp: nowSeconds() - 40 })).toBe(401);
    expect(await status({ nbf: nowSeconds() + 60 })).toBe(401);
  });

  it('is asked for its keys only now and then', async () => {
    const token = await issuer.token();
    await api.bearer(token).get('/auth/me');
    const before = issuer.fetches;
    for (let i = 0; i < 5; i += 1) await api.bearer(await issuer.token({ jti: String(i) })).get('/auth/me');
    expect(issuer.fetches).toBe(before);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['another issuer', () => issuer.token({ iss: 'https://evil.example' })],
    ['another audience', () => issuer.token({ aud: 'another-product' })],
    ['no audience', () => issuer.token({ aud: undefined })],
    ['an expiry in the past', () => issuer.token({ exp: 1000 })],
    ['a time that has yet to come', () => issuer.token({ nbf: nowSeconds() + 3600 })],
    ['no subject', () => issuer.token({ sub: undefined })],
    ['no expiry', () => issuer.token({ exp: undefined })],
    ['a key that the issuer does not have', () => issuer.token({}, 'RS256', 'unknown')],
    ['a key of another kind', () => issuer.token({}, 'RS256', 'ES256')],
    [
      'no signature (alg none)',
      () => new UnsecuredJWT({ sub: 'eve', iss: ISSUER, aud: AUDIENCE }).setExpirationTime('5m').encode(),
    ],
    [
      'an HS256 signature made with the public key',
      async () => {
        const payload = { sub: 'eve', iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 300 };
        return hs256(payload, await issuer.publicPem(), 'RS256');
      },
    ],
  ])('is not believed by a token with %s', async (_what, token) => {
    const answer = await api.bearer(await token()).get('/auth/me');
    expect(answer.body).toEqual(unauthenticated);
  });

  it.each([
    ['/auth/register', { email: 'a@example.com', password: 'long enough' }],
    ['/auth/login', { email: 'a@example.com', password: 'long enough' }],
    ['/auth/refresh', { refresh_token: 'x' }],
  ])('takes the place of %s', async (path, body) => {
    const answer = await api.post(path, body);
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain(ISSUER);
  });

  it('leaves API keys working, without the role of an admin', async () => {
    const ada = api.bearer(await issuer.token({ roles: ['admin', 'staff'] }));
    const { body, status } = await ada.post('/auth/api-keys', { name: 'program' });
    expect(status).toBe(201);
    const me = await api.with({ 'storm-api-key': body.key as string }).get('/auth/me');
    expect(me.body).toEqual({ userId: (await ada.get('/auth/me')).body.userId, roles: ['staff'] });
  });

  it('that cannot be reached is an outage, not a bad token', async () => {
    const gone = await TestIssuer.start();
    const cutOff = await startAuthServer(gone.env);
    const token = await gone.token();
    await gone.close();
    const answer = await new ApiClient(cutOff.url).bearer(token).get('/auth/me');
    await cutOff.close();
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe('upstream_unavailable');
  });
});
