import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';
import { OidcWorld } from '../support/oidc/oidc-world.js';
import { MACHINE_CLIENT, PAGE_CLIENT, TERMINAL_CLIENT } from '../support/oidc/provider-configuration.js';
import { machineToken, refresh, signIn } from '../support/oidc/tokens.js';

const ADA = {
  sub: 'ada',
  claims: { email: 'ada@corp.example', roles: ['staff', 'admin'], groups: ['/it/operators', 'admin'] },
};
const SAME = { sub: 'ada', claims: { email: 'ada@corp.example', roles: ['partner', 'admin'] } };
const ROLE_MAP = { '/it/operators': 'admin', staff: ['employee', 'writer'] };

describe('OpenID providers beside own accounts', () => {
  let corp: OidcWorld;
  let partner: OidcWorld;
  let server: AuthServer;
  let api: ApiClient;
  beforeAll(async () => {
    corp = await OidcWorld.start({ people: [ADA, { sub: 'bob', claims: { roles: ['staff'] } }] });
    partner = await OidcWorld.start({ people: [SAME] });
    server = await startAuthServer({
      OIDC_ISSUERS: JSON.stringify([
        corp.issuerSettings({ groupsClaims: ['groups'], roleMap: ROLE_MAP }),
        partner.issuerSettings({
          id: 'partner',
          name: 'The Partner',
          roleMap: {},
          deviceClientId: undefined,
        }),
      ]),
    });
    api = new ApiClient(server.url);
  });
  afterAll(async () => {
    await server.close();
    await corp.close();
    await partner.close();
  });

  const me = async (token: string) => (await api.bearer(token).get('/auth/me')).body as { userId: string };
  const as = async (world: OidcWorld, login: string) => api.bearer((await signIn(world, login)).access_token);

  it('are told to clients, with what they need to know to sign in there', async () => {
    const answer = await api.get('/auth/providers');
    const scopes = ['openid', 'profile', 'email', 'offline_access'];
    expect(answer.body).toEqual({
      ownAccounts: true,
      registration: true,
      passwordReset: false,
      data: [
        { ...{ id: 'corp', name: 'Example Corp', issuer: corp.issuer, scopes } },
        { ...{ id: 'partner', name: 'The Partner', issuer: partner.issuer, scopes } },
      ].map((one) => ({
        ...one,
        clientId: PAGE_CLIENT,
        ...(one.id === 'corp' ? { deviceClientId: TERMINAL_CLIENT } : {}),
      })),
    });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=60');
  });

  it('let their users in by authorization code and PKCE, and again by their next tokens', async () => {
    const tokens = await signIn(corp, 'ada');
    const first = await me(tokens.access_token);
    expect(first).toMatchObject({ email: 'ada@corp.example' });
    const next = await refresh(corp, tokens);
    expect(next.access_token).not.toBe(tokens.access_token);
    expect((await me(next.access_token)).userId).toBe(first.userId);
  });

  it('say by a map who is an admin, and by nothing else', async () => {
    const ada = await as(corp, 'ada');
    expect((await ada.get('/auth/me')).body.roles).toEqual([
      'staff',
      '/it/operators',
      'employee',
      'writer',
      'admin',
    ]);
    expect((await ada.get('/users')).status).toBe(200);
    const bob = await as(corp, 'bob');
    expect((await bob.get('/auth/me')).body.roles).toEqual(['staff', 'employee', 'writer']);
    expect((await bob.get('/users')).status).toBe(403);
    const partners = await as(partner, 'ada');
    expect((await partners.get('/auth/me')).body.roles).toEqual(['partner']);
    expect((await partners.get('/users')).status).toBe(403);
  });

  it('have users of their own: neither a subject nor a mail that both know makes one of two', async () => {
    const own = await api.signUp('ada@corp.example');
    const [here, there] = [await as(corp, 'ada'), await as(partner, 'ada')];
    const ids = await Promise.all(
      [here, there, own.api].map(async (one) => (await one.get('/auth/me')).body.userId as string),
    );
    expect(new Set(ids).size).toBe(3);
    await here.post('/predict', { chatflow_id: 'assistant', question: 'help' });
    const counts = [here, there, own.api].map(
      async (one) => ((await one.get('/sessions')).body.data as unknown[]).length,
    );
    expect(await Promise.all(counts)).toEqual([1, 0, 0]);
    const read = await here.get(`/users/${ids[1]}`);
    expect(read.body).toMatchObject({ kind: 'external', issuer: partner.issuer, subject: 'ada' });
    expect(await api.logIn('ada@corp.example')).toMatchObject({ accessToken: expect.any(String) });
  });

  it('have names of their own for credits: the id of the issuer stands before the subject', async () => {
    const ada = await as(corp, 'ada');
    const grant = (name: string, key: string) =>
      api
        .with({ authorization: `Bearer ${adminToken}`, 'idempotency-key': key })
        .post(`/accounting/accounts/${encodeURIComponent(name)}/grants`, { amount: 5, reason: 'Welcome' });
    const adminToken = (await signIn(corp, 'ada')).access_token;
    const early = await grant('partner:early', 'early');
    expect(early.status).toBe(201);
    expect((await ada.get(`/users/${String(early.body.userId)}`)).body).toMatchObject({
      issuer: partner.issuer,
      subject: 'early',
    });
    expect((await grant('early', 'nobody')).status).toBe(404);
    expect((await grant('nobody:early', 'nobody')).status).toBe(404);
  });

  it('let machines in by client credentials, as a user without a person', async () => {
    corp.knobs.machineClaims = { roles: ['reports'] };
    const machine = await me(await machineToken(corp));
    expect(machine).toEqual({ userId: expect.any(String), roles: ['reports'] });
    expect((await me(await machineToken(corp))).userId).toBe(machine.userId);
    const admin = await as(corp, 'ada');
    expect((await admin.get(`/users/${machine.userId}`)).body).toMatchObject({ subject: MACHINE_CLIENT });
  });

  it('check the tokens that name them, and no others', async () => {
    const stranger = await OidcWorld.start({ people: [ADA] });
    const { access_token: token } = await signIn(stranger, 'ada');
    await stranger.close();
    const answer = await api.bearer(token).get('/auth/me');
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    const [header, , signature] = (await signIn(corp, 'ada')).access_token.split('.');
    const payload = (await signIn(partner, 'ada')).access_token.split('.')[1];
    expect((await api.bearer([header, payload, signature].join('.')).get('/auth/me')).status).toBe(401);
  });

  it('do not let anybody in by a token that is for the page alone', async () => {
    const { id_token: idToken = '' } = await signIn(corp, 'ada');
    expect((await api.bearer(idToken).get('/auth/me')).status).toBe(401);
  });

  it('leave own accounts and their refresh tokens as they are', async () => {
    const own = await api.signUp('carol@example.com');
    expect((await own.api.get('/auth/me')).body).toMatchObject({
      email: 'carol@example.com',
      roles: ['user'],
    });
    expect((await api.post('/auth/refresh', { refresh_token: own.refreshToken })).status).toBe(200);
  });

  it('may have a clock that is half a minute off, and no more', async () => {
    const statusWith = async (skew: number) => {
      partner.knobs.skewSeconds = skew;
      return (await (await as(partner, 'ada')).get('/auth/me')).status;
    };
    partner.knobs.accessTokenSeconds = 60;
    expect(await statusWith(20)).toBe(200);
    expect(await statusWith(-70)).toBe(200);
    expect(await statusWith(-120)).toBe(401);
    Object.assign(partner.knobs, { skewSeconds: 0, accessTokenSeconds: 300 });
  });
});
