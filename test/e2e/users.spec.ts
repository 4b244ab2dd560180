import { ApiClient, type SignedUp } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';

const ADMIN = { ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: 'the very first boss' };

describe('Users, as an admin sees them', () => {
  let server: AuthServer;
  let api: ApiClient;
  let boss: ApiClient;
  let bossId: string;
  let names = 0;
  beforeAll(async () => {
    server = await startAuthServer(ADMIN);
    api = new ApiClient(server.url);
    boss = (await api.logIn(ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).api;
    bossId = (await boss.get('/auth/me')).body.userId as string;
  });
  afterAll(() => server.close());

  const someone = async (): Promise<SignedUp & { readonly email: string }> => {
    const email = `someone-${(names += 1)}@example.com`;
    return { ...(await api.signUp(email)), email };
  };
  const refused = (status: number, code: string) =>
    expect.objectContaining({ status, body: expect.objectContaining({ code }) });

  it('are listed newest first, page by page, and found by the beginning of their mail', async () => {
    const [one, two] = [await someone(), await someone()];
    const page = (await boss.get('/users?limit=1')).body;
    expect(page.data).toEqual([
      {
        id: two.userId,
        kind: 'own',
        email: two.email,
        roles: ['user'],
        tenantId: 'default',
        createdAt: expect.any(String),
      },
    ]);
    expect(page.has_more).toBe(true);
    const next = (await boss.get(`/users?limit=1&after=${page.next_cursor as string}`)).body;
    expect(next.data[0].id).toBe(one.userId);
    const found = (await boss.get(`/users?email=${encodeURIComponent(one.email.toUpperCase())}`)).body;
    expect(found).toEqual({ data: [next.data[0]], has_more: false, next_cursor: null });
    const admins = (await boss.get('/users?role=admin')).body.data as { id: string }[];
    expect(admins.map(({ id }) => id)).toEqual([bossId]);
    expect((await boss.get(`/users/${one.userId}`)).body).toEqual(next.data[0]);
  });

  it.each(['/users?limit=0', '/users?role=king', '/users?disabled=perhaps', '/users?x=1'])(
    'refuses %s',
    async (path) => {
      expect(await boss.get(path)).toEqual(refused(400, 'validation_failed'));
    },
  );

  it('are nobody else’s to see or to change', async () => {
    const { api: ada, userId } = await someone();
    for (const path of ['/users', `/users/${userId}`, `/users/${bossId}`, '/users/nobody'])
      expect(await ada.get(path)).toEqual(refused(403, 'forbidden'));
    expect(await ada.patch(`/users/${userId}`, { roles: ['admin'] })).toEqual(refused(403, 'forbidden'));
    expect(await boss.get('/users/nobody')).toEqual(refused(404, 'not_found'));
    expect(await boss.patch('/users/nobody', { disabled: true })).toEqual(refused(404, 'not_found'));
    for (const body of [{ roles: [] }, { roles: ['king'] }, { disabled: 'yes' }, { email: 'x@example.com' }])
      expect(await boss.patch(`/users/${userId}`, body)).toEqual(refused(400, 'validation_failed'));
  });

  it('are refused everywhere once disabled, and let in again once enabled', async () => {
    const ada = await someone();
    const { key } = (await ada.api.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    const program = api.with({ 'x-api-key': key });
    expect((await program.get('/auth/me')).status).toBe(200);
    const disabled = await boss.patch(`/users/${ada.userId}`, { disabled: true });
    expect(disabled.body).toMatchObject({ id: ada.userId, disabledAt: expect.any(String) });
    const login = (password: string) => api.post('/auth/login', { email: ada.email, password });
    for (const answer of [
      await ada.api.get('/auth/me'),
      await program.get('/auth/me'),
      await ada.api.post('/predict', { chatflow_id: 'assistant', question: 'help' }),
      await login('correct horse'),
    ])
      expect(answer).toEqual(refused(403, 'account_disabled'));
    // Whether an account is disabled is told to nobody who does not know its password.
    expect(await login('a wrong one')).toEqual(refused(401, 'unauthenticated'));
    expect((await boss.get('/users?disabled=true')).body.data).toEqual([disabled.body]);
    const again = await boss.patch(`/users/${ada.userId}`, { disabled: true });
    expect(again.body).toEqual(disabled.body);

    await boss.patch(`/users/${ada.userId}`, { disabled: false });
    expect((await boss.get('/users?disabled=true')).body.data).toEqual([]);
    expect((await ada.api.get('/auth/me')).status).toBe(200);
    expect((await program.get('/auth/me')).status).toBe(200);
    expect((await login('correct horse')).status).toBe(200);
  });

  it('get no new tokens while they are disabled, and none by the old ones afterwards', async () => {
    const ada = await someone();
    await boss.patch(`/users/${ada.userId}`, { disabled: true });
    const refresh = () => api.post('/auth/refresh', { refresh_token: ada.refreshToken });
    expect(await refresh()).toEqual(refused(403, 'account_disabled'));
    await boss.patch(`/users/${ada.userId}`, { disabled: false });
    expect(await refresh()).toEqual(refused(401, 'unauthenticated'));
  });

  it('have the roles of now, whatever their tokens say', async () => {
    const { api: ada, userId } = await someone();
    expect((await ada.get('/users')).status).toBe(403);
    await boss.patch(`/users/${userId}`, { roles: ['user', 'admin', 'admin'] });
    expect((await ada.get('/auth/me')).body.roles).toEqual(['user', 'admin']);
    expect((await ada.get('/users')).status).toBe(200);
    await boss.patch(`/users/${userId}`, { roles: ['user'] });
    expect((await ada.get('/users')).status).toBe(403);
  });

  it('are never without an admin', async () => {
    for (const body of [
      { disabled: true },
      { roles: ['user'] },
      { disabled: true, roles: ['user', 'admin'] },
    ])
      expect(await boss.patch(`/users/${bossId}`, body)).toEqual(refused(409, 'conflict'));
    const deputy = await someone();
    await boss.patch(`/users/${deputy.userId}`, { roles: ['user', 'admin'], disabled: true });
    // One who is disabled is none.
    expect(await boss.patch(`/users/${bossId}`, { roles: ['user'] })).toEqual(refused(409, 'conflict'));
    await boss.patch(`/users/${deputy.userId}`, { disabled: false });
    // Each takes the other's role at the same time, again and again.
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([
        boss.patch(`/users/${deputy.userId}`, { roles: ['user'] }),
        deputy.api.patch(`/users/${bossId}`, { disabled: true }),
      ]);
      const left = [boss, deputy.api];
      const answers = await Promise.all(left.map((one) => one.get('/users?role=admin&disabled=false')));
      const admin = left[answers.findIndex(({ status }) => status === 200)];
      expect(admin).toBeDefined();
      await admin?.patch(`/users/${bossId}`, { disabled: false });
      await admin?.patch(`/users/${deputy.userId}`, { roles: ['user', 'admin'] });
    }
  });
});
