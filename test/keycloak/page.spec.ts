import type { ChatDriver } from '../browser/chat-driver.js';
import { until } from '../support/until.js';
import { claimsOf, signInAtKeycloak, signInThere, tokensOf } from './keycloak-person.js';
import { KeycloakWorld, START_TIMEOUT_MS } from './keycloak-world.js';

/** Shorter than the margin of the client: each request renews. */
const BRIEF_S = 15;

describe('The page, with a real Keycloak', () => {
  let world: KeycloakWorld;
  let driver: ChatDriver;

  beforeAll(async () => {
    const admin = { username: 'root', roles: ['tollgate-admin'] };
    world = await KeycloakWorld.start([admin, { username: 'ada' }, { username: 'bob' }, { username: 'eve' }]);
    const visit = await world.come();
    await world.putChatflow((await signInAtKeycloak(visit, 'root')).accessToken);
    await visit.close();
  }, START_TIMEOUT_MS);
  afterAll(() => world.close());
  beforeEach(async () => {
    driver = await world.come();
  });
  afterEach(async () => {
    expect(driver.complaints).toEqual([]);
    await driver.close();
  });

  const sessionsOf = async (username: string) =>
    world.realm.admin.read<unknown[]>(`/users/${await world.realm.userId(username)}/sessions`);
  async function askAndSee(): Promise<void> {
    await driver.choose('flow');
    await driver.ask('Hi');
    await driver.seeStatus('completed');
  }

  it('signs in, and out at Keycloak too', async () => {
    const { accessToken } = await signInAtKeycloak(driver, 'ada');
    expect(driver.page.url().split('#')[0]).toBe(`${world.url}/`);
    await askAndSee();
    expect(await sessionsOf('ada')).toHaveLength(1);
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    // Keycloak asks nothing: the page has said who it is by the ID token.
    await driver.page.getByRole('button', { name: 'Sign in with Corp' }).waitFor();
    expect(driver.page.url()).toBe(`${world.url}/`);
    expect(await sessionsOf('ada')).toEqual([]);
    expect(await world.statusOf(accessToken)).toBe(401);
    await driver.page.getByRole('button', { name: 'Sign in with Corp' }).click();
    await driver.page.locator('input[name=username]').waitFor();
  });

  describe('with tokens that are renewed for each request', () => {
    beforeAll(() => world.realm.admin.put('', { accessTokenLifespan: BRIEF_S }));

    it('renews where refresh tokens are good once', async () => {
      const first = await signInAtKeycloak(driver, 'bob');
      await askAndSee();
      await driver.page.reload();
      await driver.seeStatus('completed');
      await driver.ask('And now?');
      await until(async () => (await driver.answers()).length === 2);
      await driver.seeStatus('completed');
      const last = await tokensOf(driver);
      expect(last.refreshToken).not.toBe(first.refreshToken);
      expect(claimsOf(last.accessToken).sid).toBe(claimsOf(first.accessToken).sid);
    });

    it('ends at the sign-in screen for somebody whom Keycloak has disabled, who is told why there', async () => {
      await signInAtKeycloak(driver, 'eve');
      await askAndSee();
      await world.realm.admin.put(`/users/${await world.realm.userId('eve')}`, { enabled: false });
      await driver.ask('Still there?');
      await driver.page.getByText('Your sign-in has ended').waitFor();
      await driver.page.getByRole('button', { name: 'Sign in with Corp' }).click();
      await signInThere(driver.page, 'eve');
      await driver.page.getByText('Account is disabled').waitFor();
    });
  });
});
