import type { ChatDriver } from '../browser/chat-driver.js';
import { readRest, readUntilText } from '../support/read-until.js';
import { seenIn } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';
import { claimsOf, signInAtKeycloak, type PageTokens } from './keycloak-person.js';
import { KeycloakWorld, START_TIMEOUT_MS } from './keycloak-world.js';

describe('Back-channel logout of a real Keycloak', () => {
  let world: KeycloakWorld;
  let gates: Gate[] = [];
  const browsers: ChatDriver[] = [];

  beforeAll(async () => {
    world = await KeycloakWorld.start([{ username: 'root', roles: ['tollgate-admin'] }, { username: 'ada' }]);
    const { tokens } = await come('root');
    await world.putChatflow(tokens.accessToken);
  }, START_TIMEOUT_MS);
  afterAll(() => world.close());
  beforeEach(() => {
    gates = [];
    const gate = (): Gate => {
      const made = new Gate();
      gates.push(made);
      return made;
    };
    world.upstream.runAs({ kind: 'agentflow2', gate, answer: () => ['one ', 'two'] });
  });
  afterEach(async () => {
    for (const gate of gates) gate.open();
    for (const browser of browsers.splice(0)) await browser.close();
  });

  async function come(username: string): Promise<{ driver: ChatDriver; tokens: PageTokens }> {
    const driver = await world.come();
    browsers.push(driver);
    return { driver, tokens: await signInAtKeycloak(driver, username) };
  }

  /** A stream that has begun to answer. */
  async function ask({ accessToken }: PageTokens) {
    const known = gates.length;
    const stream = await world.ask(accessToken);
    expect(stream.status).toBe(200);
    await until(() => gates.length > known);
    gates.at(-1)?.release();
    return readUntilText(stream, 'one ');
  }

  // It sends one logout token, of one of the sessions, as of 26.3.5: that must not name it.
  it('ends all sessions that an administrator signs a user out of, who was disabled before', async () => {
    const [laptop, phone] = [(await come('ada')).tokens, (await come('ada')).tokens];
    const open = [await ask(laptop), await ask(phone)];
    const ada = `/users/${await world.realm.userId('ada')}`;
    await world.realm.admin.put(ada, { enabled: false });
    expect(await world.statusOf(laptop.accessToken)).toBe(200);
    await world.realm.admin.press(`${ada}/logout`);
    for (const stream of open) expect(seenIn(await readRest(stream)).error?.code).toBe('access_revoked');
    expect(await world.statusOf(laptop.accessToken)).toBe(401);
    expect(await world.statusOf(phone.accessToken)).toBe(401);
    await world.realm.admin.put(ada, { enabled: true });
    // What is issued in the second of a logout counts as before it.
    const second = Math.floor(Date.now() / 1000);
    await until(() => Math.floor(Date.now() / 1000) > second);
  });

  it('ends one session alone where logout tokens name theirs', async () => {
    const page = `/clients/${world.realm.idOf('tollgate-page')}`;
    const client = await world.realm.admin.read<{ attributes: object }>(page);
    const attributes = { ...client.attributes, 'backchannel.logout.session.required': 'true' };
    await world.realm.admin.put(page, { ...client, attributes });
    const [laptop, phone] = [(await come('ada')).tokens, (await come('ada')).tokens];
    const [here, there] = [await ask(laptop), await ask(phone)];
    await world.realm.admin.delete(`/sessions/${String(claimsOf(laptop.accessToken).sid)}`);
    expect(seenIn(await readRest(here)).error?.code).toBe('access_revoked');
    gates.forEach((gate) => gate.open());
    expect(seenIn(await readRest(there))).toMatchObject({ text: 'two', ended: true });
    expect(await world.statusOf(laptop.accessToken)).toBe(401);
    expect(await world.statusOf(phone.accessToken)).toBe(200);
  });

  it('ends what goes on elsewhere when the page signs out', async () => {
    const { driver, tokens } = await come('ada');
    const stream = await ask(tokens);
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    expect(seenIn(await readRest(stream)).error?.code).toBe('access_revoked');
    expect(await world.statusOf(tokens.accessToken)).toBe(401);
  });
});
