import { nginx } from '../cluster/proxies/nginx.js';
import type { RunningProxy } from '../cluster/proxies/proxy-program.js';
import { PageProvider } from '../support/oidc/page-provider.js';
import { ChatDriver } from './chat-driver.js';
import { PageWorld } from './page-world.js';
import { signInAt, signInButton, withoutForeignFonts } from './provider-person.js';

const PATH = '/chat';

describe('An identity provider instead of own accounts, below a path', () => {
  let world: PageWorld;
  let corp: PageProvider;
  let proxy: RunningProxy;
  let driver: ChatDriver;

  beforeAll(async () => {
    corp = await PageProvider.start({ id: 'corp', name: 'Example Corp' });
    const settings = {
      OIDC_ISSUERS: JSON.stringify([corp.setting]),
      OWN_ACCOUNTS: 'off',
      BASE_PATH: `${PATH}/`,
      TRUST_PROXY_HOPS: '1',
    };
    world = await PageWorld.start(settings);
    proxy = await nginx.start([new URL(world.server.url).host], { below: { path: PATH, isCutOff: true } });
    world.address = `${proxy.url}${PATH}/`;
    await corp.allow([world.address]);
  });
  afterAll(async () => {
    await proxy.close();
    await world.close();
    await corp.close();
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

  it('lets the page talk to the provider, and to nobody else', async () => {
    driver = await ChatDriver.open(world.browser, world.address);
    const response = await fetch(world.address);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`connect-src 'self' ${corp.issuer};`);
  });
});
