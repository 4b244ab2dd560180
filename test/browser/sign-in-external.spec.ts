import { nginx } from '../cluster/proxies/nginx.js';
import type { RunningProxy } from '../cluster/proxies/proxy-program.js';
import { PageProvider } from '../support/oidc/page-provider.js';
import { ChatDriver } from './chat-driver.js';
import { PageWorld } from './page-world.js';
import { consentThere, signInAt, signInButton, withoutForeignFonts } from './provider-person.js';

const PATH = '/chat';

describe('An identity provider instead of own accounts, below a path', () => {
  let world: PageWorld;
  let corp: PageProvider;
  /** Its tokens are for something else. */
  let stranger: PageProvider;
  let proxy: RunningProxy;
  let driver: ChatDriver;

  beforeAll(async () => {
    corp = await PageProvider.start({ id: 'corp', name: 'Example Corp' });
    stranger = await PageProvider.start({ id: 'stranger', name: 'Stranger' });
    const settings = {
      OIDC_ISSUERS: JSON.stringify([corp.setting, { ...stranger.setting, audience: 'something else' }]),
      OWN_ACCOUNTS: 'off',
      BASE_PATH: `${PATH}/`,
      TRUST_PROXY_HOPS: '1',
    };
    world = await PageWorld.start(settings);
    proxy = await nginx.start([new URL(world.server.url).host], { below: { path: PATH, isCutOff: true } });
    world.address = `${proxy.url}${PATH}/`;
    for (const provider of [corp, stranger]) await provider.allow([world.address]);
  });
  afterAll(async () => {
    await proxy.close();
    await world.close();
    await corp.close();
    await stranger.close();
  });
  afterEach(async () => {
    expect(driver.complaints).toEqual([]);
    await driver.close();
  });

  it('signs in and out at the provider alone', async () => {
    driver = await ChatDriver.open(world.browser, world.address);
    await withoutForeignFonts(driver);
    await signInButton(driver.page, 'Example Corp').waitFor();
    expect(await driver.page.locator('input').count()).toBe(0);
    expect(await driver.accessibilityProblems()).toEqual([]);
    await signInAt(driver, 'Example Corp', 'ada');
    expect(driver.page.url().split('#')[0]).toBe(world.address);
    await driver.ask('What can you do?');
    await driver.seeStatus('completed');
    await driver.page.reload();
    await driver.seeStatus('completed');
    await driver.page.getByRole('button', { name: 'Sign out' }).click();
    await driver.page.getByRole('button', { name: /yes/i }).click();
    await signInButton(driver.page, 'Example Corp').waitFor();
    expect(driver.page.url()).toBe(world.address);
  });

  it('says so when this server does not accept what the provider gives', async () => {
    driver = await ChatDriver.open(world.browser, world.address);
    await withoutForeignFonts(driver);
    await signInButton(driver.page, 'Stranger').click();
    await consentThere(driver, 'ada');
    await driver.page
      .getByText('You are signed in at Stranger, but this server does not accept that.')
      .waitFor();
    expect(await driver.page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('accessToken');
    await signInAt(driver, 'Example Corp', 'ada');
  });

  it('lets the page talk to the provider, and to nobody else', async () => {
    driver = await ChatDriver.open(world.browser, world.address);
    const response = await fetch(world.address);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`connect-src 'self' ${corp.issuer} ${stranger.issuer};`);
  });
});
