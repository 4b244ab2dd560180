import { ApiClient, type SignedUp } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';
import { TestIssuer } from '../support/auth/test-issuer.js';

const ADMIN = { ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: 'the very first boss' };
const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) });
const unauthenticated = refused(401, 'unauthenticated');

describe('Where users are signed in', () => {
  let server: AuthServer;
  let api: ApiClient;
  let boss: ApiClient;
  let names = 0;
  beforeAll(async () => {
    server = await startAuthServer(ADMIN);
    api = new ApiClient(server.url);
    boss = (await api.logIn(ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).api;
  });
  afterAll(() => server.close());

  const someone = async (): Promise<SignedUp & { readonly email: string }> => {
    const email = `someone-${(names += 1)}@example.com`;
    return { ...(await api.signUp(email)), email };
  };
  const refresh = (token: string) => api.post('/auth/refresh', { refresh_token: token });

  it('is listed newest first, with what the client called itself', async () => {
    const ada = await someone();
    const phone = await api.with({ 'user-agent': 'x'.repeat(300) }).logIn(ada.email);
    await refresh(phone.refreshToken);
    const { data, ...rest } = (await ada.api.get('/auth/sign-ins')).body;
    expect(rest).toEqual({ has_more: false, next_cursor: null });
    expect(data).toEqual([
      {
        id: phone.refreshToken.split('.')[0],
        current: false,
        userAgent: 'x'.repeat(200),
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
        expiresAt: expect.any(String),
      },
      expect.objectContaining({ id: ada.refreshToken.split('.')[0], current: true }),
    ]);
    expect(data[0].lastUsedAt > data[0].createdAt).toBe(true);
  });

  it('is ended one by one, and every token of it with it', async () => {
    const ada = await someone();
    const phone = await api.logIn(ada.email);
    expect((await phone.api.get('/auth/me')).status).toBe(200);
    const path = `/auth/sign-ins/${String(phone.refreshToken.split('.')[0])}`;
    expect(await (await someone()).api.delete(path)).toEqual(refused(404, 'not_found'));
    expect((await phone.api.get('/auth/me')).status).toBe(200);
    expect((await ada.api.delete(path)).status).toBe(204);
    expect(await phone.api.get('/auth/me')).toEqual(unauthenticated);
    expect(await refresh(phone.refreshToken)).toEqual(unauthenticated);
    expect((await ada.api.get('/auth/me')).status).toBe(200);
    expect(await ada.api.delete(path)).toEqual(refused(404, 'not_found'));
  });

  it.each(['by themselves', 'by an admin'])('is ended everywhere %s', async (by) => {
    const [ada, bob] = [await someone(), await someone()];
    const phone = await api.logIn(ada.email);
    const { key } = (await ada.api.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    for (const { api: one } of [ada, phone]) await one.get('/auth/me');
    const path = by === 'by an admin' ? `/users/${ada.userId}/sign-ins` : '/auth/sign-ins';
    const answer = await (by === 'by an admin' ? boss : phone.api).delete(path);
    expect(answer.status).toBe(204);
    for (const one of [ada, phone]) {
      expect(await one.api.get('/auth/me')).toEqual(unauthenticated);
      expect(await refresh(one.refreshToken)).toEqual(unauthenticated);
    }
    // At once, not only in the next second.
    expect((await (await api.logIn(ada.email)).api.get('/auth/me')).status).toBe(200);
    expect((await api.with({ 'x-api-key': key }).get('/auth/me')).status).toBe(200);
    expect((await bob.api.get('/auth/me')).status).toBe(200);
    const read = (await boss.get(`/users/${ada.userId}`)).body;
    expect(read.signedOutAt).toEqual(expect.any(String));
  });

  it('is nothing for a key, nor for an admin to end of nobody', async () => {
    const ada = await someone();
    const { key } = (await ada.api.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    const program = api.with({ 'x-api-key': key });
    for (const answer of [
      await program.get('/auth/sign-ins'),
      await program.delete('/auth/sign-ins'),
      await program.delete(`/auth/sign-ins/${String(ada.refreshToken.split('.')[0])}`),
      await ada.api.delete(`/users/${ada.userId}/sign-ins`),
    ])
      expect(answer).toEqual(refused(403, 'forbidden'));
    expect((await ada.api.get('/auth/me')).status).toBe(200);
    expect(await boss.delete('/users/nobody/sign-ins')).toEqual(refused(404, 'not_found'));
  });

  it('ends with the log-out, the access token too', async () => {
    const ada = await someone();
    await ada.api.get('/auth/me');
    await ada.api.post('/auth/logout');
    expect(await ada.api.get('/auth/me')).toEqual(unauthenticated);
  });
});

describe('Users of an external issuer', () => {
  it('are signed out of all tokens of before', async () => {
    const issuer = await TestIssuer.start();
    const server = await startAuthServer(issuer.env);
    const api = new ApiClient(server.url);
    const tokenOf = (sub: string, claims: object = {}) => issuer.token({ sub, sid: 'theirs', ...claims });
    const ada = api.bearer(await tokenOf('ada'));
    const boss = api.bearer(await tokenOf('boss', { roles: ['admin'] }));
    const { userId } = (await ada.get('/auth/me')).body as { userId: string };
    expect(await ada.delete('/auth/sign-ins')).toEqual(refused(403, 'forbidden'));
    expect((await boss.delete(`/users/${userId}/sign-ins`)).status).toBe(204);
    expect(await ada.get('/auth/me')).toEqual(unauthenticated);
    const later = Math.floor(Date.now() / 1000) + 2;
    const again = api.bearer(await tokenOf('ada', { iat: later }));
    expect((await again.get('/auth/me')).body).toMatchObject({ userId });
    await server.close();
    await issuer.close();
  });
});
