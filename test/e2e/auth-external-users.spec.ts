import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { ApiClient } from '../support/auth/api-client.js';
import { startOn, type AuthServer } from '../support/auth/auth-server.js';
import { TestIssuer } from '../support/auth/test-issuer.js';

describe('The users of an external issuer', () => {
  let issuer: TestIssuer;
  let dataDir: string;
  let server: AuthServer;
  let api: ApiClient;
  const start = () => startOn(dataDir, { ...issuer.env, ASSISTANT_DELAY_MS: '0' });
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-external-'));
    server = await start();
    api = new ApiClient(server.url);
  });
  afterAll(async () => {
    await server.close();
    await issuer.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const as = async (sub: string, claims: object = {}): Promise<ApiClient> =>
    api.bearer(await issuer.token({ sub, ...claims }));
  const admin = async (key?: string): Promise<ApiClient> => {
    const token = await issuer.token({ sub: 'the-boss', roles: ['admin'] });
    const authorization = `Bearer ${token}`;
    return api.with({ authorization, ...(key === undefined ? {} : { 'idempotency-key': key }) });
  };
  const userIdOf = async (client: ApiClient): Promise<string> =>
    (await client.get('/auth/me')).body.userId as string;
  const stored = (collection: string) =>
    server.app.get<Connection>(getConnectionToken(), { strict: false }).collection(collection);
  const ask = (client: ApiClient) => client.post('/predict', { chatflow_id: 'assistant', question: 'help' });

  it('are told apart, each with an account of their own', async () => {
    const [ada, bob] = [await as('ada'), await as('bob')];
    expect(await userIdOf(ada)).not.toBe(await userIdOf(bob));
    expect((await ask(ada)).body.charged).toBe(1);
    expect((await ada.get('/accounting/balance')).body).toEqual({ available: 99, held: 0 });
    expect((await bob.get('/accounting/balance')).body).toEqual({ available: 100, held: 0 });
  });

  it('are one user each, however many requests are the first', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 12 }, (_, i) => issuer.token({ sub: 'twin', jti: String(i) })),
    );
    const ids = await Promise.all(tokens.map((token) => userIdOf(api.bearer(token))));
    expect(new Set(ids).size).toBe(1);
    const identities = await stored('user_identities').find({ subject: 'twin' }).toArray();
    expect(identities).toEqual([expect.objectContaining({ userId: ids[0], tenantId: 'default' })]);
    expect(await stored('users').countDocuments({ _id: ids[0] as never })).toBe(1);
  });

  it('are kept without e-mail, password or roles, whatever their tokens say', async () => {
    const eve = await as('eve', { email: 'eve@corp.example', roles: ['admin'] });
    const userId = await userIdOf(eve);
    expect(await stored('users').findOne({ _id: userId as never })).toEqual({
      _id: userId,
      tenantId: 'default',
      accountId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}$/),
      roles: [],
      createdAt: expect.any(Date),
    });
  });

  it('may be granted credits by their subject before they come', async () => {
    const boss = await admin();
    const early = '/accounting/accounts/early-bird';
    expect((await boss.get(early)).status).toBe(404);
    const granted = await (await admin('early')).post(`${early}/grants`, { amount: 50, reason: 'Welcome' });
    expect(granted.body).toMatchObject({ available: 150, held: 0, transaction: { amount: 50 } });
    const bird = await as('early-bird');
    expect((await bird.get('/accounting/balance')).body).toEqual({ available: 150, held: 0 });
    expect(await userIdOf(bird)).toBe(granted.body.userId);
    const byId = await boss.get(`/accounting/accounts/${granted.body.userId as string}`);
    expect(byId.body).toMatchObject({ userId: granted.body.userId, available: 150 });
    expect((await boss.get(early)).body).toEqual(byId.body);
  });

  it('are disabled by an admin, whatever their issuer says, and keep the roles that it tells', async () => {
    const eve = await as('eve-disabled', { roles: ['staff'] });
    const userId = await userIdOf(eve);
    const { key } = (await eve.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    const boss = await admin();
    expect((await boss.get(`/users/${userId}`)).body).toMatchObject({
      id: userId,
      kind: 'external',
      subject: 'eve-disabled',
      roles: [],
    });
    expect((await boss.patch(`/users/${userId}`, { roles: ['admin'] })).body.code).toBe('conflict');
    await boss.patch(`/users/${userId}`, { disabled: true });
    const again = await as('eve-disabled', { roles: ['staff'], jti: 'a new token' });
    for (const client of [eve, again, api.with({ 'x-api-key': key })])
      expect((await client.get('/auth/me')).body).toMatchObject({ status: 403, code: 'account_disabled' });
    await boss.patch(`/users/${userId}`, { disabled: false });
    expect((await eve.get('/auth/me')).body).toMatchObject({ userId, roles: ['staff'] });
  });

  it('have API keys that stand for the same user and account', async () => {
    const ada = await as('key-owner');
    const { key } = (await ada.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    const program = api.with({ 'x-api-key': key });
    expect(await userIdOf(program)).toBe(await userIdOf(ada));
    expect((await ask(program)).body.charged).toBe(1);
    expect((await ada.get('/accounting/balance')).body.available).toBe(99);
    expect((await ada.get('/auth/api-keys')).body.data).toHaveLength(1);
  });

  it('are who a chatflow’s access names by subject or by id, with a token or a key', async () => {
    const ada = await as('named-ada');
    const { key } = (await ada.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    const boss = await admin();
    const assistant = (await boss.get('/chatflows/assistant')).body as { version: number };
    expect(assistant.version).toBe(1);
    const open = (users: string[]) =>
      boss.put('/chatflows/closed', {
        name: 'Closed',
        provider: 'assistant',
        upstream: {},
        price: { credits: 1 },
        access: { users },
      });
    const statuses = async () =>
      Promise.all(
        [ada, api.with({ 'x-api-key': key }), await as('named-bob')].map(
          async (client) =>
            (await client.post('/predict', { chatflow_id: 'closed', question: 'help' })).status,
        ),
      );
    expect((await open(['named-ada'])).status).toBe(201);
    expect(await statuses()).toEqual([200, 200, 403]);
    expect((await open([await userIdOf(ada)])).status).toBe(200);
    expect(await statuses()).toEqual([200, 200, 403]);
    expect((await open(['named-carl'])).status).toBe(200);
    expect(await statuses()).toEqual([403, 403, 403]);
  });

  it('may chat under their subject or their id at the todo assistant, and under nobody else’s', async () => {
    const ada = await as('todo-ada');
    const bob = await as('todo-bob');
    const statusOf = async (name: string) => {
      const response = await fetch(`${server.url}/api/${name}/chat/stream`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await issuer.token({ sub: 'todo-ada' })}`,
        },
        body: JSON.stringify({ message: 'help' }),
      });
      await response.text();
      return response.status;
    };
    expect(await statusOf('todo-ada')).toBe(200);
    expect(await statusOf(await userIdOf(ada))).toBe(200);
    expect(await statusOf('todo-bob')).toBe(403);
    expect(await statusOf(await userIdOf(bob))).toBe(403);
  });

  it('have records that sum and go by the account', async () => {
    const ada = await as('summing-ada');
    const { turnId } = (await ask(ada)).body as { turnId: string };
    const userId = await userIdOf(ada);
    const { accountId } = (await stored('users').findOne({ _id: userId as never })) as unknown as {
      accountId: string;
    };
    expect(await stored('turns').findOne({ _id: turnId as never })).toMatchObject({
      tenantId: 'default',
      userId,
      accountId,
    });
    expect((await ada.get('/accounting/transactions')).body.data).toHaveLength(3);
    const rows = await stored('credit_transactions').find({ turnId }).sort({ _id: 1 }).toArray();
    expect(rows.map(({ _id, tenantId }) => [String(_id), tenantId as string])).toEqual([
      [`${turnId}:${accountId}:capture`, 'default'],
      [`${turnId}:${accountId}:hold`, 'default'],
    ]);
    expect((await (await admin()).get('/accounting/reconciliation')).body).toMatchObject({
      drift: 0,
      openHolds: 0,
      unbalanced: [],
    });
  });

  it('are the same users after a restart', async () => {
    const before = await userIdOf(await as('lasting'));
    await server.close();
    server = await start();
    api = new ApiClient(server.url);
    expect(await userIdOf(await as('lasting'))).toBe(before);
  });
});
