import { readRest, readUntilText } from '../support/read-until.js';
import { seenIn } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';
import { signInAtKeycloak } from './keycloak-person.js';
import { KeycloakWorld, START_TIMEOUT_MS } from './keycloak-world.js';

describe('A real Keycloak that changes its keys, goes away and comes back', () => {
  let world: KeycloakWorld;

  beforeAll(async () => {
    world = await KeycloakWorld.start([{ username: 'root', roles: ['tollgate-admin'] }]);
    await world.putChatflow(await world.tokenOf('root'));
  }, START_TIMEOUT_MS);
  afterAll(() => world.close());

  const keyOf = (token: string) =>
    String(
      (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid,
    );

  it('signs with a new key without a request that fails', async () => {
    const before = await world.machineToken();
    expect(await world.statusOf(before)).toBe(200);
    const [realm] = [await world.realm.admin.read<{ id: string }>('')];
    await world.realm.admin.make('/components', {
      ...{ name: 'rsa-next', providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider' },
      parentId: realm.id,
      config: { priority: ['200'], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
    });
    const after = await world.machineToken();
    expect(keyOf(after)).not.toBe(keyOf(before));
    expect(await world.statusOf(after)).toBe(200);
    expect(await world.statusOf(before)).toBe(200);
  });

  it('does not end a stream whose token expires meanwhile', async () => {
    const gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
    await world.realm.admin.put('', { accessTokenLifespan: 3 });
    const token = await world.machineToken();
    const stream = await world.ask(token);
    gate.release();
    const rest = await readUntilText(stream, 'one ');
    await until(async () => (await world.statusOf(token)) === 401);
    gate.open();
    expect(seenIn(await readRest(rest))).toMatchObject({ text: 'two', ended: true });
    await world.realm.admin.put('', { accessTokenLifespan: 300 });
  });

  it(
    'is away: whoever has a token goes on, and whoever comes back to it after that as well',
    async () => {
      world.upstream.runAs({ kind: 'agentflow2', answer: () => ['one'] });
      const driver = await world.come();
      await signInAtKeycloak(driver, 'root');
      const [seen, unseen] = [await world.machineToken(), await world.machineToken()];
      expect(await world.statusOf(seen)).toBe(200);
      await world.keycloak.goAway();
      expect([await world.statusOf(seen), await world.statusOf(unseen)]).toEqual([200, 200]);
      await driver.choose('flow');
      await driver.ask('Hi');
      await driver.seeStatus('completed');
      const other = await world.come();
      await other.page.getByRole('button', { name: 'Sign in with Corp' }).click();
      await other.page.getByText('Corp cannot be reached.').waitFor();
      await world.keycloak.comeBack();
      await other.close();
      expect(await world.statusOf(await world.tokenOf('root'))).toBe(200);
      await driver.close();
    },
    START_TIMEOUT_MS,
  );
});
