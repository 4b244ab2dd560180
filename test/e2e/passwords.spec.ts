import { PasswordHasher } from '../../src/auth/accounts/password-hasher.service.js';
import { ApiClient, type SignedUp } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';

const ADMIN = { ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: 'the very first boss' };
const OLD = 'correct horse';
const NEW = 'battery staple';
const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) });

describe('Passwords', () => {
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
  const statusOf = async (email: string, password: string) =>
    (await api.post('/auth/login', { email, password })).status;
  const change = (client: ApiClient, current_password: string, new_password = NEW) =>
    client.post('/auth/password', { current_password, new_password });
  const reset = (token: string, new_password = NEW) =>
    api.post('/auth/password-reset', { token, new_password });
  const allow = async ({ userId }: SignedUp) =>
    (await boss.post(`/users/${userId}/password-reset`)).body as { token: string; expiresAt: string };

  it('are changed by who knows them, and all other sign-ins end', async () => {
    const ada = await someone();
    const phone = await api.logIn(ada.email);
    expect((await change(ada.api, OLD)).status).toBe(204);
    expect([await statusOf(ada.email, OLD), await statusOf(ada.email, NEW)]).toEqual([401, 200]);
    expect((await ada.api.get('/auth/me')).status).toBe(200);
    expect((await api.post('/auth/refresh', { refresh_token: ada.refreshToken })).status).toBe(200);
    expect(await phone.api.get('/auth/me')).toEqual(refused(401, 'unauthenticated'));
    expect(await api.post('/auth/refresh', { refresh_token: phone.refreshToken })).toEqual(
      refused(401, 'unauthenticated'),
    );
  });

  it('are changed by nobody else, nor into weak ones, nor guessed', async () => {
    const ada = await someone();
    const { key } = (await ada.api.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    expect(await change(api.with({ 'x-api-key': key }), OLD)).toEqual(refused(403, 'forbidden'));
    expect(await change(api, OLD)).toEqual(refused(401, 'unauthenticated'));
    for (const weak of ['password', 'short', `x ${ada.email}`])
      expect(await change(ada.api, OLD, weak)).toEqual(refused(400, 'validation_failed'));
    const guesses = [];
    for (let i = 0; i < 11; i += 1) guesses.push((await change(ada.api, `guess ${i}`)).status);
    expect(guesses).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
    expect(await change(ada.api, OLD)).toEqual(refused(429, 'rate_limited'));
  });

  it('are set once by a token of an admin, which is good for a day, and all sign-ins end', async () => {
    const ada = await someone();
    const earlier = await allow(ada);
    const { token, expiresAt } = await allow(ada);
    const hours = (Date.parse(expiresAt) - Date.now()) / 3_600_000;
    expect([hours > 23, hours <= 24]).toEqual([true, true]);
    expect(await reset(earlier.token)).toEqual(refused(401, 'unauthenticated'));
    expect(await reset(token, 'password')).toEqual(refused(400, 'validation_failed'));
    const answers = await Promise.all([reset(token), reset(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
    expect([await statusOf(ada.email, OLD), await statusOf(ada.email, NEW)]).toEqual([401, 200]);
    expect(await ada.api.get('/auth/me')).toEqual(refused(401, 'unauthenticated'));
    expect(await reset(token, 'another one')).toEqual(refused(401, 'unauthenticated'));
  });

  it('are not changed by who knew the one of before, when they are reset meanwhile', async () => {
    const ada = await someone();
    const hasher = server.app.get(PasswordHasher, { strict: false });
    const hash = hasher.hash.bind(hasher);
    const third = 'staple of a battery';
    hasher.hash = async (password) => {
      hasher.hash = hash;
      expect((await reset((await allow(ada)).token, third)).status).toBe(204);
      return hash(password);
    };
    expect(await change(ada.api, OLD)).toEqual(refused(403, 'forbidden'));
    expect(await Promise.all([OLD, NEW, third].map((one) => statusOf(ada.email, one)))).toEqual([
      ...[401, 401, 200],
    ]);
  });

  it('are not set by tokens of nobody, of the disabled, or of before a change', async () => {
    const [ada, bob] = [await someone(), await someone()];
    for (const token of ['x', `${ada.userId}.${'x'.repeat(43)}`, `nobody.${'x'.repeat(43)}`])
      expect(await reset(token)).toEqual(refused(401, 'unauthenticated'));
    const { token } = await allow(ada);
    expect(await reset(token.replace(ada.userId, bob.userId))).toEqual(refused(401, 'unauthenticated'));
    await boss.patch(`/users/${ada.userId}`, { disabled: true });
    expect(await reset(token)).toEqual(refused(403, 'account_disabled'));
    await boss.patch(`/users/${ada.userId}`, { disabled: false });
    expect((await change(ada.api, OLD)).status).toBe(204);
    expect(await reset(token)).toEqual(refused(401, 'unauthenticated'));
    expect(await ada.api.post(`/users/${ada.userId}/password-reset`)).toEqual(refused(403, 'forbidden'));
    expect(await boss.post('/users/nobody/password-reset')).toEqual(refused(404, 'not_found'));
  });
});
