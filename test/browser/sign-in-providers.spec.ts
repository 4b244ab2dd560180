import { PageProvider } from '../support/oidc/page-provider.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { until } from '../support/until.js';
import { ChatDriver, type DriverOptions } from './chat-driver.js';
import { PageWorld } from './page-world.js';
import { signInAt, signInButton, signInThere, withoutForeignFonts } from './provider-person.js';

/** Shorter than the margin of the client: each request renews. */
const BRIEF_S = 15;

describe('Signing in at identity providers', () => {
  let world: PageWorld;
  let corp: PageProvider;
  let partner: PageProvider;
  let driver: ChatDriver;

  beforeAll(async () => {
    [corp, partner] = await Promise.all([
      PageProvider.start({ id: 'corp', name: 'Example Corp' }),
      PageProvider.start({ id: 'partner', name: 'Partner', accessTokenTtl: BRIEF_S }),
    ]);
    world = await PageWorld.start({ OIDC_ISSUERS: JSON.stringify([corp.setting, partner.setting]) });
    await Promise.all([corp, partner].map((provider) => provider.allow([`${world.server.url}/`])));
    await world.putChatflow('flow');
    world.replay.respondWith(flowise.tokens('Fine.'), 'flow');
  });
  afterAll(async () => {
    await world.close();
    await Promise.all([corp.close(), partner.close()]);
  });
  afterEach(async () => {
    expect(driver.complaints).toEqual([]);
    await driver.close();
    for (const provider of [corp, partner]) {
      provider.comeBack();
      provider.forgetEverybody();
    }
  });

  async function come(options?: DriverOptions): Promise<void> {
    driver = await ChatDriver.open(world.browser, world.address, options);
    await withoutForeignFonts(driver);
  }
  const stored = (storage: 'localStorage' | 'sessionStorage', page = driver.page) =>
    page.evaluate<string>(`JSON.stringify(${storage})`);
  const renewals = (provider: PageProvider) =>
    provider.asked.filter((request) => request === 'POST /token').length;

  async function noticeTheEnd(): Promise<void> {
    // The page may notice by itself, and take the button away from under the pointer.
    void driver.page
      .getByRole('button', { name: 'Usage' })
      .click()
      .catch(() => undefined);
    await driver.page.getByText('Your sign-in has ended').waitFor();
  }

  it.each([1280, 360])('shows every way that there is, %s px wide', async (width) => {
    await come({ width, height: 800 });
    await signInButton(driver.page, 'Example Corp').waitFor();
    await signInButton(driver.page, 'Partner').waitFor();
    await driver.page.locator('input[type=password]').waitFor();
    await driver.page.getByRole('button', { name: 'Create an account' }).waitFor();
    expect(await driver.accessibilityProblems()).toEqual([]);
    expect(await driver.overflowsSideways()).toBe(false);
    if (width > 1000) await driver.shoot('sign-in');
  });

  it.each([1280, 360])(
    'signs in, and stays signed in over a reload and in other tabs, %s px wide',
    async (width) => {
      await come({ width, height: 800 });
      await driver.page.evaluate("location.hash = '#/s/nothing-there'");
      await signInAt(driver, 'Example Corp', 'ada');
      expect(driver.page.url()).toBe(`${world.server.url}/#/s/nothing-there`);
      expect(await stored('localStorage')).not.toMatch(/accessToken|refreshToken|eyJ/);
      expect(await stored('sessionStorage')).toMatch(/accessToken/);
      // Nothing is left of the journey.
      expect(await stored('sessionStorage')).not.toContain('code_verifier');
      const asked = corp.asked.length;
      await driver.page.reload();
      await driver.composer.waitFor();
      const other = await driver.openTab();
      await other.composer.waitFor();
      expect(corp.asked.length).toBe(asked);
      expect(await driver.accessibilityProblems()).toEqual([]);
      await driver.page.goto(`${world.server.url}/#/`);
      await driver.choose('flow');
      await driver.ask('How are you?');
      await driver.seeStatus('completed');
      expect(await driver.answers()).toEqual(['Fine.']);
    },
  );

  it('renews in silence, with one refresh token for all tabs', async () => {
    await come();
    await signInAt(driver, 'Partner', 'bea');
    const before = renewals(partner);
    const other = await driver.openTab();
    await other.composer.waitFor();
    for (const tab of [driver, other]) await tab.choose('flow');
    for (const [index, tab] of [driver, other, driver, other].entries()) {
      await tab.page.reload();
      await tab.composer.waitFor();
      await tab.ask(`Question ${index}`);
      await tab.seeStatus('completed');
    }
    expect(renewals(partner)).toBeGreaterThan(before + 3);
    await driver.page.waitForLoadState('networkidle');
    // The provider ends a login whose refresh token comes twice.
    await driver.page.reload();
    await driver.composer.waitFor();
  });

  it('takes a login up again whose renewal a reload has cut off, in all tabs', async () => {
    await come();
    await signInAt(driver, 'Partner', 'dora');
    await driver.choose('flow');
    const other = await driver.openTab();
    await other.composer.waitFor();
    await other.choose('flow');
    const logins = () => partner.asked.filter((request) => request === 'GET /auth').length;
    const before = { logins: logins(), lost: partner.lostTokens };
    await driver.page.waitForLoadState('networkidle');
    partner.loseTokens(true);
    await driver.ask('one');
    await until(() => partner.lostTokens > before.lost);
    // The provider has taken the refresh token and given another one, which this page never hears of.
    partner.loseTokens(false);
    // The other tab needs it as well, while this one is away for it.
    await Promise.all([driver.page.reload(), other.ask('two')]);
    await other.seeStatus('completed');
    await driver.composer.waitFor();
    expect(logins()).toBe(before.logins + 1);
    // Its tokens live for seconds: the next renewal may have begun.
    await until(async () => !(await stored('localStorage')).includes('tollgate.renewing'));
    await driver.page.reload();
    await driver.composer.waitFor();
    // Nobody was asked for anything, and the other tab has not begun a login of its own.
    expect(logins()).toBe(before.logins + 1);
  });

  it('asks who it is behind such a reload where the provider has ended the login meanwhile', async () => {
    await come();
    await signInAt(driver, 'Partner', 'emil');
    await driver.choose('flow');
    await driver.page.waitForLoadState('networkidle');
    const lost = partner.lostTokens;
    partner.loseTokens(true);
    await driver.ask('one');
    await until(() => partner.lostTokens > lost);
    partner.loseTokens(false);
    partner.forgetEverybody();
    await driver.page.reload();
    await driver.page.getByText('Your sign-in has ended').waitFor();
    expect(await stored('sessionStorage')).not.toContain('accessToken');
    await signInAt(driver, 'Partner', 'emil');
  });

  it('signs out at the provider too, and in all tabs', async () => {
    await come();
    await signInAt(driver, 'Example Corp', 'ada');
    const other = await driver.openTab();
    await other.composer.waitFor();
    // Chromium brings what one tab has stored to another one's process later than its messages, on a busy machine.
    await other.page.evaluate(`
      const { getItem } = Storage.prototype;
      Storage.prototype.getItem = function (key) {
        return key.startsWith('tollgate.left') ? null : getItem.call(this, key);
      };
    `);
    await other.composer.fill('A question that is nobody else’s');
    const [, token = ''] = /accessToken\W+([\w.-]+)/.exec(await stored('sessionStorage')) ?? [];
    const me = () => world.server.request.get('/auth/me').auth(token, { type: 'bearer' });
    expect((await me()).status).toBe(200);
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    await driver.page.getByRole('button', { name: /yes/i }).click();
    await signInButton(driver.page, 'Example Corp').waitFor();
    expect(driver.page.url()).toBe(`${world.server.url}/`);
    await signInButton(other.page, 'Example Corp').waitFor();
    expect(await other.page.getByText('has ended').count()).toBe(0);
    expect(await stored('localStorage', other.page)).not.toContain('nobody else');
    for (const tab of [driver, other])
      expect(await stored('sessionStorage', tab.page)).not.toContain('accessToken');
    expect(corp.asked).toContain('POST /token/revocation');
    // What somebody has copied of it is good for nothing here, either; no logout token has come.
    expect((await me()).status).toBe(401);
    // It asks who it is, instead of letting the same in again.
    await signInButton(driver.page, 'Example Corp').click();
    await driver.page.locator('input[name=login]').waitFor();
  });

  it('tells a tab that was away for long of what was renewed, and of a sign-out', async () => {
    await come();
    await signInAt(driver, 'Partner', 'finn');
    const other = await driver.openTab();
    for (const tab of [driver, other]) await tab.choose('flow');
    const here = other.page.url();
    // What a browser keeps of a tab that it has put away is what it stores.
    await other.page.goto('about:blank');
    const before = renewals(partner);
    while (renewals(partner) < before + 10) {
      await driver.ask('How are you?');
      await driver.seeStatus('completed');
    }
    await other.page.goto(here);
    await other.composer.waitFor();
    await other.ask('And now?');
    await other.seeStatus('completed');
    await other.page.goto('about:blank');
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    await driver.page.getByRole('button', { name: /yes/i }).click();
    await signInButton(driver.page, 'Partner').waitFor();
    await other.page.goto(here);
    await signInButton(other.page, 'Partner').waitFor();
    expect(await stored('sessionStorage', other.page)).not.toContain('accessToken');
  });

  it('says so when the provider cannot be told of it', async () => {
    await come();
    await signInAt(driver, 'Example Corp', 'ada');
    await driver.page.reload();
    await driver.composer.waitFor();
    corp.goAway();
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    await driver.page.getByText('You are signed out here. Example Corp could not be reached').waitFor();
    expect(await stored('sessionStorage')).not.toContain('accessToken');
  });

  it.each([
    ['en-US', 'The sign-in at Example Corp was cancelled or denied.', 'Example Corp cannot be reached.'],
    ['de-DE', 'Die Anmeldung bei Example Corp wurde abgebrochen', 'Example Corp ist nicht erreichbar.'],
    ['ko-KR', 'Example Corp 로그인이 취소되었거나 거부되었습니다.', 'Example Corp에 연결할 수 없습니다.'],
  ])('says in words what the provider says, in %s', async (locale, denied, unreachable) => {
    await come({ locale });
    const button = driver.page.getByRole('button', { name: /Example Corp/ });
    await button.click();
    await driver.page.getByText('[ Cancel ]').click();
    await driver.page.getByText(denied).waitFor();
    expect(driver.page.url()).toBe(`${world.server.url}/`);
    expect(await driver.accessibilityProblems()).toEqual([]);
    await driver.page.reload();
    await button.waitFor();
    corp.goAway();
    await button.click();
    await driver.page.getByText(unreachable).waitFor();
    corp.comeBack();
    await button.click();
    await driver.page.locator('input[name=login]').waitFor();
  });

  it('believes nobody who comes without having left', async () => {
    await come();
    await driver.page.goto(
      `${world.server.url}/?code=stolen&state=unknown&error_description=Call+this+number`,
    );
    await driver.page.getByText('This sign-in was begun in another tab, or too long ago.').waitFor();
    expect(driver.page.url()).toBe(`${world.server.url}/`);
    expect(await driver.page.getByText('Call this number').count()).toBe(0);
  });

  it.each([
    ['of another provider than was asked', (issuer: string) => `&iss=${encodeURIComponent(issuer)}`],
    ['that does not say of whom it is', () => ''],
  ])('does not take an answer %s', async (_, parameterOf) => {
    await come();
    const [left] = await Promise.all([
      driver.page.waitForRequest((request) => request.url().startsWith(`${corp.issuer}/auth?`)),
      signInButton(driver.page, 'Example Corp').click(),
    ]);
    const state = new URL(left.url()).searchParams.get('state') ?? '';
    await driver.page.locator('input[name=login]').waitFor();
    const asked = corp.asked.length;
    await driver.page.goto(`${world.server.url}/?code=stolen&state=${state}${parameterOf(partner.issuer)}`);
    await driver.page.getByText('Example Corp refused the sign-in: iss').waitFor();
    expect(corp.asked.slice(asked)).not.toContain('POST /token');
  });

  it('goes back to the sign-in when the provider has ended it, and keeps what was asked', async () => {
    await come();
    await signInAt(driver, 'Partner', 'cleo');
    await driver.choose('flow');
    await driver.ask('one');
    await driver.seeStatus('completed');
    // The last that the page reads by itself.
    await driver.seeBalance(99);
    const address = driver.page.url();
    await driver.composer.fill('A secret');
    partner.forgetEverybody();
    await driver.composer.press('Enter');
    await driver.page.getByText('Your sign-in has ended. What you were asking is kept').waitFor();
    expect(await driver.accessibilityProblems()).toEqual([]);
    await signInAt(driver, 'Partner', 'cleo');
    expect(driver.page.url()).toBe(address);
    await driver.page.getByRole('button', { name: 'Try again' }).click();
    await until(async () => (await driver.answers()).length === 2);
    await driver.seeStatus('completed');
    expect(await driver.questions()).toEqual(['one', 'A secret']);
  });

  it('keeps it for nobody else, and neither what was being written', async () => {
    await come();
    await signInAt(driver, 'Partner', 'bea');
    await driver.choose('flow');
    await driver.composer.fill('A secret');
    partner.forgetEverybody();
    await noticeTheEnd();
    await signInButton(driver.page, 'Partner').click();
    await signInThere(driver, 'bea');
    expect(await driver.composer.inputValue()).toBe('A secret');
    partner.forgetEverybody();
    await noticeTheEnd();
    await signInAt(driver, 'Example Corp', 'eve');
    expect(await driver.composer.inputValue()).toBe('');
    expect(await stored('localStorage')).not.toContain('A secret');
  });

  it('lets own accounts in beside them', async () => {
    const user = await world.server.registerUser();
    await come();
    await driver.signIn(user.email, user.password);
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    await signInAt(driver, 'Example Corp', 'ada');
  });
});
