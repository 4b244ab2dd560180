import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';
import { OidcWorld } from '../support/oidc/oidc-world.js';
import { refresh, signIn, type Tokens } from '../support/oidc/tokens.js';

const person = (sub: string, tenant?: string | string[]) => ({
  sub,
  claims: { roles: ['staff'], ...(tenant === undefined ? {} : { org: { id: tenant } }) },
});

describe('The tenants of users of an identity provider', () => {
  let corp: OidcWorld;
  let free: OidcWorld;
  let server: AuthServer;
  let api: ApiClient;
  let admin: ApiClient;
  beforeAll(async () => {
    const boss = { sub: 'boss', claims: { roles: ['admin'], org: { id: 'Acme Inc.' } } };
    const people = [
      boss,
      person('ada', 'Acme Inc.'),
      person('bob', 'Globex'),
      person('stranger', 'Elsewhere'),
    ];
    corp = await OidcWorld.start({ people: [...people, person('nobody'), person('mover', 'Acme Inc.')] });
    free = await OidcWorld.start({ people: [person('ada', 'initech'), person('nobody')] });
    const tenantMap = { 'Acme Inc.': 'acme', Globex: 'globex' };
    server = await startAuthServer({
      ASSISTANT_DELAY_MS: '0',
      OIDC_ISSUERS: JSON.stringify([
        corp.issuerSettings({ tenantClaim: 'org.id', tenantMap }),
        free.issuerSettings({ id: 'free', tenantClaim: 'org.id', defaultTenant: 'rest' }),
      ]),
    });
    api = new ApiClient(server.url);
    admin = await as(corp, 'boss');
  });
  afterAll(async () => {
    await server.close();
    await corp.close();
    await free.close();
  });

  const as = async (world: OidcWorld, login: string) => api.bearer((await signIn(world, login)).access_token);
  const by = (tokens: Tokens) => api.bearer(tokens.access_token);
  const idOf = async (client: ApiClient) => (await client.get('/auth/me')).body.userId as string;
  const stored = (collection: string) =>
    server.app.get<Connection>(getConnectionToken(), { strict: false }).collection(collection);
  const tenantOf = async (userId: string) => (await admin.get(`/users/${userId}`)).body.tenantId as string;

  it('are told by a claim and a map, shown to administrators, and sort the list', async () => {
    const [ada, bob] = [await idOf(await as(corp, 'ada')), await idOf(await as(corp, 'bob'))];
    const own = await api.signUp('ada@example.com');
    const list = async (tenant: string) => {
      const { data } = (await admin.get(`/users?tenant=${tenant}`)).body as {
        data: { id: string; tenantId: string }[];
      };
      expect(data.every(({ tenantId }) => tenantId === tenant)).toBe(true);
      return data.map(({ id }) => id);
    };
    expect(await list('acme')).toContain(ada);
    expect(await list('globex')).toEqual([bob]);
    expect(await list('default')).toContain(await idOf(own.api));
    expect(await list('nowhere')).toEqual([]);
    expect((await admin.get(`/users?tenant=${'a'.repeat(65)}`)).status).toBe(400);
  });

  it('are what the claim says without a map, and the default of those that name none', async () => {
    expect(await tenantOf(await idOf(await as(free, 'ada')))).toBe('initech');
    expect(await tenantOf(await idOf(await as(free, 'nobody')))).toBe('rest');
  });

  it('keep those out whose token names none that counts, where there is no default', async () => {
    for (const login of ['stranger', 'nobody']) {
      const refused = await (await as(corp, login)).get('/auth/me');
      expect(refused.body).toMatchObject({ status: 401, code: 'unauthenticated' });
      expect(await stored('user_identities').countDocuments({ issuer: corp.issuer, subject: login })).toBe(0);
    }
  });

  it('stand in what their users make: sessions, turns, messages and keys', async () => {
    const bob = await as(corp, 'bob');
    const userId = await idOf(bob);
    const { key } = (await bob.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    for (const client of [bob, api.with({ 'x-api-key': key })])
      expect((await client.post('/predict', { chatflow_id: 'assistant', question: 'help' })).status).toBe(
        200,
      );
    expect((await bob.post('/sessions', {})).status).toBe(201);
    for (const collection of ['turns', 'chat_sessions', 'chat_messages', 'api_keys']) {
      const records = await stored(collection).find({ userId }).toArray();
      expect(records.map(({ tenantId }) => tenantId as string)).toEqual(records.map(() => 'globex'));
      expect(records.length).toBeGreaterThan(0);
    }
  });

  it('follow the provider with the next token, which an older one does not undo', async () => {
    const before = await signIn(corp, 'mover');
    const userId = await idOf(by(before));
    const { key } = (await by(before).post('/auth/api-keys', { name: 'program' })).body as { key: string };
    corp.knobs.people.set('mover', person('mover', 'Globex'));
    // Tokens are dated by the second: of two of one second nobody can tell which is the later.
    corp.knobs.skewSeconds = 2;
    const after = await refresh(corp, before);
    expect((await by(after).get('/auth/me')).body).toMatchObject({ userId });
    corp.knobs.skewSeconds = 0;
    expect(await tenantOf(userId)).toBe('globex');
    // By now known as verified, and read anew.
    expect((await by(before).get('/auth/me')).body).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect((await by(await refresh(corp, after)).get('/auth/me')).status).toBe(200);
    expect(await tenantOf(userId)).toBe('globex');
    const program = api.with({ 'x-api-key': key });
    expect((await program.post('/predict', { chatflow_id: 'assistant', question: 'help' })).status).toBe(200);
    const turns = await stored('turns').find({ userId }).toArray();
    expect(turns.map(({ tenantId }) => tenantId as string)).toEqual(['globex']);
    const entries = await stored('audit_entries').find({ action: 'user.move' }).sort({ _id: 1 }).toArray();
    const details = { issuer: 'corp', from: 'acme', to: 'globex' };
    expect(entries).toEqual(
      ['asked', 'done'].map((phase) =>
        expect.objectContaining({ phase, actorId: userId, targetId: userId, details }),
      ),
    );
  });
});
