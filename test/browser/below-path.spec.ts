import { nginx } from '../cluster/proxies/nginx.js';
import type { RunningProxy } from '../cluster/proxies/proxy-program.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import type { ChatDriver } from './chat-driver.js';
import { PageWorld } from './page-world.js';

const PATH = '/chat';

describe.each([
  ['cuts the path off', true],
  ['hands the path on', false],
])('The page below a path, behind an nginx that %s', (_, isCutOff) => {
  let world: PageWorld;
  let proxy: RunningProxy;
  let driver: ChatDriver;
  /** What the browser asked of anything but the path. */
  const astray: string[] = [];

  beforeAll(async () => {
    world = await PageWorld.start({ BASE_PATH: `${PATH}/`, TRUST_PROXY_HOPS: '1' });
    proxy = await nginx.start([new URL(world.server.url).host], { below: { path: PATH, isCutOff } });
    world.address = `${proxy.url}${PATH}/`;
    await world.putChatflow('flow');
  });
  afterAll(async () => {
    await proxy.close();
    await world.close();
  });
  afterEach(async () => {
    expect(await world.leave()).toEqual([]);
    expect(astray.splice(0)).toEqual([]);
  });

  async function enter(): Promise<void> {
    driver = await world.enter();
    driver.page.on('request', (request) => {
      const url = new URL(request.url());
      const isOnServer = url.origin === new URL(world.address).origin;
      if (isOnServer && !url.pathname.startsWith(`${PATH}/`) && url.pathname !== PATH)
        astray.push(request.url());
    });
    await driver.choose('flow');
  }

  it('signs in, streams, and goes on after a reload and by its address alone', async () => {
    const gate = new Gate();
    world.replay.respondWith(flowise.gated(gate, 'one ', 'two ', 'three'), 'flow');
    await enter();
    await driver.ask('Count');
    gate.release();
    await driver.seeText('one');
    await driver.seeStatus('streaming');
    const address = driver.page.url();
    expect(address).toMatch(new RegExp(`^${world.address}#/s/`));
    await driver.page.reload();
    await driver.seeText('one');
    gate.release();
    await driver.seeText('one two');
    gate.open();
    await driver.seeStatus('completed');
    expect(await driver.answers()).toEqual(['one two three']);
    await driver.page.goto('about:blank');
    await driver.page.goto(address);
    await driver.seeStatus('completed');
    expect(driver.page.url()).toBe(address);
    expect(await driver.answers()).toEqual(['one two three']);
    expect(await driver.questions()).toEqual(['Count']);
  });

  it('finds what was said, and takes, shows and gives files', async () => {
    world.replay.respondWith(flowise.tokens('Of **tulips**.'), 'flow');
    await enter();
    await driver.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('tulips') });
    await driver.page.locator('.upload[data-state=done]').waitFor();
    await driver.ask('What does it say?');
    await driver.seeStatus('completed');
    expect(world.replay.requests.at(-1)?.body.uploads).toMatchObject([{ name: 'notes.txt' }]);
    // The parser comes in a file of its own.
    await driver.page.locator('.markdown strong').getByText('tulips').waitFor();
    await driver.page.reload();
    const download = driver.page.waitForEvent('download');
    await driver.page.getByRole('button', { name: 'Open notes.txt' }).click();
    expect((await download).suggestedFilename()).toBe('notes.txt');
    await driver.page.getByRole('button', { name: 'New chat' }).click();
    await (await driver.search('tulip')).click();
    await driver.seeText('tulips');
    expect(driver.page.url()).toContain(`${world.address}#/s/`);
  });

  it('is reached without the slash behind its path, too', async () => {
    world.replay.respondWith(flowise.tokens('Fine.'), 'flow');
    const response = await fetch(`${proxy.url}${PATH}`, { redirect: 'manual' });
    expect([301, 308]).toContain(response.status);
    expect(new URL(response.headers.get('location') ?? '', proxy.url).href).toBe(world.address);
    await enter();
    await driver.page.goto(`${proxy.url}${PATH}`);
    await driver.composer.waitFor();
    expect(driver.page.url().split('#')[0]).toBe(world.address);
    await driver.ask('How are you?');
    await driver.seeStatus('completed');
    await driver.seeText('Fine.');
  });
});
