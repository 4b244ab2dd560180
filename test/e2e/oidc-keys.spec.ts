import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../support/auth/api-client.js';
import { startOn } from '../support/auth/auth-server.js';
import { TestIssuer } from '../support/auth/test-issuer.js';
import { until } from '../support/until.js';

const ADMIN = { ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: 'the very first boss' };

describe('API keys of users of an identity provider', () => {
  let issuer: TestIssuer;
  let dataDir: string;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-keys-'));
  });
  afterAll(async () => {
    await issuer.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const using = async <T>(
    settings: Record<string, string>,
    work: (api: ApiClient) => Promise<T>,
  ): Promise<T> => {
    const server = await startOn(dataDir, { ...ADMIN, ...settings });
    try {
      return await work(new ApiClient(server.url));
    } finally {
      await server.close();
    }
  };
  it('are good as long as the settings name that provider, and the audit log says which was refused', async () => {
    const settings = { ...issuer.env, OWN_ACCOUNTS: 'on' };
    const { key, id, userId } = await using(settings, async (api) => {
      const ada = api.bearer(await issuer.token({ sub: 'ada' }));
      const made = (await ada.post('/auth/api-keys', { name: 'program' })).body as {
        key: string;
        id: string;
      };
      const me = (await ada.get('/auth/me')).body as { userId: string };
      expect((await api.with({ 'x-api-key': made.key }).get('/auth/me')).body).toMatchObject(me);
      return { ...made, ...me };
    });
    await using({}, async (api) => {
      const refused = (await api.with({ 'x-api-key': key }).get('/auth/me')).body;
      expect(refused).toMatchObject({ status: 401, code: 'unauthenticated' });
      expect(refused.detail).toMatch(/identity provider was removed/);
      const boss = (await api.logIn(ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).api;
      const entries = async () => (await boss.get('/audit?action=api-key.refuse')).body.data as object[];
      await until(async () => (await entries()).length > 0);
      const details = expect.objectContaining({ ownerId: userId });
      expect((await entries())[0]).toMatchObject({ targetKind: 'api-key', targetId: id, details });
    });
    await using(settings, async (api) => {
      expect((await api.with({ 'x-api-key': key }).get('/auth/me')).body).toMatchObject({ userId });
    });
  });
});
