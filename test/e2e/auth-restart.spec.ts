import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountBootstrap } from '../../src/auth/accounts/account-bootstrap.service.js';
import { ApiClient } from '../support/auth/api-client.js';
import { startOn } from '../support/auth/auth-server.js';

describe('A restart', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-restart-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  it('keeps the demo user, whose password is told only at the first start, its logins, tokens, keys and credits', async () => {
    const first = await startOn(dataDir);
    const { created } = first.app.get(AccountBootstrap, { strict: false });
    const { email = '', password = '' } = created ?? {};
    const login = await new ApiClient(first.url).logIn(email, password);
    const key = (await login.api.post('/auth/api-keys', { name: 'kept' })).body.key as string;
    await first.close();

    const second = await startOn(dataDir);
    const bootstrap = second.app.get(AccountBootstrap, { strict: false });
    expect(bootstrap.created).toBeUndefined();
    expect(bootstrap.demoEmail).toBe(email);
    const api = new ApiClient(second.url);
    expect((await api.bearer(login.accessToken).get('/auth/me')).body).toMatchObject({ email });
    expect((await api.with({ 'x-api-key': key }).get('/auth/me')).body).toMatchObject({ email });
    expect((await api.post('/auth/refresh', { refresh_token: login.refreshToken })).status).toBe(200);
    const again = await api.logIn(email, password);
    expect((await again.api.get('/accounting/balance')).body).toEqual({ available: 100, held: 0 });
    expect((await again.api.get('/chatflows/assistant')).body).toMatchObject({ version: 1 });
    await second.close();
  });

  it('with another secret keeps those signed in whom the one before has signed in, as long as it is named', async () => {
    const [old, next] = ['o'.repeat(40), 'n'.repeat(40)];
    const folder = join(dataDir, 'secrets');
    const first = await startOn(folder, { JWT_SECRET: old, JWT_OTHER_SECRET: next });
    const early = await new ApiClient(first.url).signUp('ada@example.com');
    await first.close();

    const during = await startOn(folder, { JWT_SECRET: next, JWT_OTHER_SECRET: old });
    const me = (url: string, token: string) => new ApiClient(url).bearer(token).get('/auth/me');
    expect((await me(during.url, early.accessToken)).status).toBe(200);
    const late = await new ApiClient(during.url).logIn('ada@example.com');
    expect((await me(during.url, late.accessToken)).status).toBe(200);
    await during.close();

    const after = await startOn(folder, { JWT_SECRET: next });
    expect((await me(after.url, early.accessToken)).status).toBe(401);
    expect((await me(after.url, late.accessToken)).status).toBe(200);
    const renewed = await new ApiClient(after.url).post('/auth/refresh', {
      refresh_token: early.refreshToken,
    });
    expect((await me(after.url, renewed.body.access_token as string)).status).toBe(200);
    await after.close();
  });
});
