import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { talk } from '../client/terminal-person.js';
import { until } from '../support/until.js';
import { MACHINE } from './documented-realm.js';
import { claimsOf, signInThere } from './keycloak-person.js';
import { KeycloakWorld, START_TIMEOUT_MS } from './keycloak-world.js';

const ROOT = join(import.meta.dirname, '../..');
const SHOWN = /Open (\S+)\s+and see that it shows the code (\S{4}-\S{4})\s[^]*gives up\.\s/;

describe('Tokens of a real Keycloak', () => {
  let world: KeycloakWorld;

  beforeAll(async () => {
    world = await KeycloakWorld.start([
      { username: 'root', roles: ['tollgate-admin'] },
      { username: 'ada', clientRoles: ['writer'], group: '/staff', tenant: 'acme' },
    ]);
  }, START_TIMEOUT_MS);
  afterAll(() => world.close());

  /** What administrators see of whom `me` tells about. */
  async function userOf(me: { readonly userId: string }): Promise<unknown> {
    const asAdmin = world.request
      .get(`/users/${me.userId}`)
      .auth(await world.tokenOf('root'), { type: 'bearer' });
    return (await asAdmin.expect(200)).body;
  }

  it('tell roles of the realm and of a client, groups and the tenant', async () => {
    const { body: root } = await world.me(await world.tokenOf('root'));
    expect(root.email).toBe('root@example.com');
    expect(root.roles).toEqual(expect.arrayContaining(['admin', 'tollgate-admin']));
    const { body: ada } = await world.me(await world.tokenOf('ada'));
    expect(ada.roles).toEqual(expect.arrayContaining(['writer', '/staff', 'user', 'staff']));
    expect(ada.roles).not.toContain('admin');
    expect(await userOf(root)).toMatchObject({ tenantId: 'default' });
    expect(await userOf(ada)).toMatchObject({ tenantId: 'acme', subject: await world.realm.userId('ada') });
  });

  it('let the terminal in by a device code', async () => {
    const configHome = await mkdtemp(join(tmpdir(), 'tollgate-terminal-'));
    const env = {
      ...{ PATH: process.env.PATH, TERM: 'xterm', NO_COLOR: '1' },
      ...{ XDG_CONFIG_HOME: configHome, TOLLGATE_URL: world.url },
    };
    const converse = (words: readonly string[], script: Parameters<typeof talk>[2]) =>
      talk(['exec', process.execPath, 'dist/cli/tollgate.js', ...words], { cwd: ROOT, env }, script);
    const consent = async (seen: string): Promise<void> => {
      const [, address = ''] = SHOWN.exec(seen) ?? [];
      const page = await world.browser.newPage();
      await page.goto(address);
      await signInThere(page, 'ada');
      await page.locator('[name=accept]').click();
      await page.getByText('Device Login Successful').waitFor();
      await page.close();
    };
    const login = await converse(['login'], [[SHOWN, consent]]);
    expect([login.code, login.shown]).toEqual([0, expect.stringContaining('Signed in as ada@example.com')]);
    const balance = await converse(['balance'], []);
    expect([balance.code, balance.shown.trim()]).toEqual([0, '100 credits available']);
    const logout = await converse(['logout'], []);
    expect(logout.code).toBe(0);
    const id = await world.realm.userId('ada');
    await until(async () =>
      (await world.realm.admin.read<{ clients: object }[]>(`/users/${id}/sessions`)).every(
        ({ clients }) => !Object.values(clients).includes('tollgate-terminal'),
      ),
    );
    await rm(configHome, { recursive: true, force: true });
  });

  it('let a machine in as the user of its service account', async () => {
    const token = await world.machineToken();
    const account = await world.realm.admin.read<{ id: string }>(
      `/clients/${world.realm.idOf(MACHINE.id)}/service-account-user`,
    );
    expect(claimsOf(token)).toMatchObject({ sub: account.id, azp: MACHINE.id });
    const { body, status } = await world.me(token);
    expect(status).toBe(200);
    expect(await userOf(body)).toMatchObject({ subject: account.id });
  });

  it('are refused without the audience, and the log says why', async () => {
    const id = await world.realm.admin.make('/clients', {
      ...{ clientId: 'stranger', secret: MACHINE.secret, publicClient: false },
      ...{ standardFlowEnabled: false, serviceAccountsEnabled: true },
    });
    expect(id).not.toBe('');
    const { access_token: token } = await world.tokens({
      ...{ grant_type: 'client_credentials', client_id: 'stranger', client_secret: MACHINE.secret },
    });
    expect(claimsOf(String(token)).aud).toBe('account');
    const { status, body } = await world.me(String(token));
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
    await until(() => world.logged.includes('An access token was refused'));
    expect(world.logged).toMatch(/"reason":"aud","found":"account"/);
  });
});
