import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';

const ADMIN = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'root password' };
const SUPPORT = {
  name: 'Support desk',
  provider: 'flowise',
  upstream: { flowId: 'flow-1', baseUrl: 'http://localhost:3001' },
  price: { credits: 3 },
  access: { public: true },
};

describe('Chatflows', () => {
  let server: AuthServer;
  let admin: ApiClient;
  let ada: ApiClient;
  let adaId: string;
  beforeAll(async () => {
    server = await startAuthServer(ADMIN);
    const api = new ApiClient(server.url);
    admin = (await api.logIn(ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).api;
    ({ api: ada, userId: adaId } = await api.signUp('ada@example.com'));
  });
  afterAll(() => server.close());

  it('begin with the built-in assistant, public and for one credit', async () => {
    const answer = await ada.get('/chatflows/assistant');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: 'assistant',
      name: 'Todo assistant',
      provider: 'assistant',
      price: { credits: 1 },
      version: 1,
      disabled: false,
      onDisconnect: 'continue',
      chargeOnStop: true,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
  });

  it('are created with 201 and replaced with 200, the version counting up', async () => {
    const created = await admin.put('/chatflows/support', {
      ...SUPPORT,
      onDisconnect: { stopAfterSeconds: 60 },
      chargeOnStop: false,
      fallback: 'assistant',
    });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ id: 'support', version: 1, ...SUPPORT, fallback: 'assistant' });
    expect(created.body.onDisconnect).toEqual({ stopAfterSeconds: 60 });
    const replaced = await admin.put('/chatflows/support', {
      ...SUPPORT,
      upstream: undefined,
      price: { credits: 5 },
    });
    expect(replaced.status).toBe(200);
    expect(replaced.body).toMatchObject({
      version: 2,
      price: { credits: 5 },
      upstream: {},
      chargeOnStop: true,
    });
    expect(replaced.body).not.toHaveProperty('fallback');
    expect(replaced.body.createdAt).toBe(created.body.createdAt);
    expect((await admin.get('/chatflows/support')).body).toEqual(replaced.body);
  });

  it('get one version each from concurrent changes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        admin.put('/chatflows/busy', { ...SUPPORT, price: { credits: i + 1 } }),
      ),
    );
    const versions = answers.map(({ body }) => body.version as number).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('show users neither where they run nor who else may use them', async () => {
    await admin.put('/chatflows/shy', SUPPORT);
    const { body } = await ada.get('/chatflows/shy');
    expect(body).not.toHaveProperty('upstream');
    expect(body).not.toHaveProperty('access');
  });

  it('are for those whom their rule names', async () => {
    await admin.put('/chatflows/for-ada', { ...SUPPORT, access: { users: [adaId] } });
    await admin.put('/chatflows/for-users', { ...SUPPORT, access: { roles: ['user'] } });
    await admin.put('/chatflows/for-staff', { ...SUPPORT, access: { roles: ['staff'] } });
    expect((await ada.get('/chatflows/for-ada')).status).toBe(200);
    expect((await ada.get('/chatflows/for-users')).status).toBe(200);
    const denied = await ada.get('/chatflows/for-staff');
    expect(denied.status).toBe(403);
    expect(denied.body.code).toBe('chatflow_access_denied');
    expect((await admin.get('/chatflows/for-staff')).status).toBe(200);
    const ids = ((await ada.get('/chatflows')).body.data as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['assistant', 'for-ada', 'for-users']));
    expect(ids).not.toContain('for-staff');
  });

  it('are listed page by page', async () => {
    const all = ((await ada.get('/chatflows')).body.data as { id: string }[]).map(({ id }) => id);
    const first = await ada.get('/chatflows?limit=2');
    expect(first.body.has_more).toBe(true);
    const second = await ada.get(`/chatflows?limit=100&after=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ has_more: false, next_cursor: null });
    const pages = [...first.body.data, ...second.body.data] as { id: string }[];
    expect(pages.map(({ id }) => id)).toEqual(all);
    expect((await ada.get('/chatflows?limit=0')).status).toBe(400);
    expect((await ada.get('/chatflows?after[$gt]=')).status).toBe(400);
  });

  it('are removed', async () => {
    await admin.put('/chatflows/brief', SUPPORT);
    expect((await ada.get('/chatflows/brief')).status).toBe(200);
    expect((await admin.delete('/chatflows/brief')).status).toBe(204);
    expect((await ada.get('/chatflows/brief')).status).toBe(404);
    expect((await admin.delete('/chatflows/brief')).status).toBe(404);
  });

  it('are changed by admins only', async () => {
    const anonymous = new ApiClient(server.url);
    for (const [api, status] of [
      [ada, 403],
      [anonymous, 401],
    ] as const) {
      expect((await api.put('/chatflows/mine', SUPPORT)).status).toBe(status);
      expect((await api.delete('/chatflows/assistant')).status).toBe(status);
    }
    expect((await anonymous.get('/chatflows')).status).toBe(401);
    expect((await admin.get('/chatflows/mine')).status).toBe(404);
  });

  it.each([
    [{ ...SUPPORT, price: { credits: 0 } }, 'price.credits'],
    [{ ...SUPPORT, price: { credits: 1.5 } }, 'price.credits'],
    [{ ...SUPPORT, fallback: 'wrong' }, 'fallback'],
    [{ ...SUPPORT, fallback: 'nowhere' }, 'fallback'],
    [{ ...SUPPORT, name: { $gt: '' } }, 'name'],
    [{ ...SUPPORT, $set: { price: 0 } }, '$set'],
    [{ ...SUPPORT, upstream: { baseUrl: 'file:///etc/passwd' } }, 'upstream.baseUrl'],
  ])('are not stored from %j', async (body, field) => {
    const answer = await admin.put('/chatflows/wrong', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    expect((await admin.get('/chatflows/wrong')).status).toBe(404);
  });

  it('have ids of a safe kind', async () => {
    expect((await admin.put('/chatflows/a%20b', SUPPORT)).status).toBe(400);
    expect((await admin.put(`/chatflows/${'x'.repeat(129)}`, SUPPORT)).status).toBe(400);
  });
});
