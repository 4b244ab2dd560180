import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { lastingPort } from '../support/ports.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { Gate } from '../support/upstream/gate.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { launchBrowser } from './browser.js';
import { ChatDriver, type DriverOptions } from './chat-driver.js';

/** One token per day, so that a test can tell how far an answer has come. */
const TOKENS = Array.from({ length: 40 }, (_, index) => `Day ${index}: water the plants. `);
const WHOLE = TOKENS.join('').trim();
const QUESTION = 'Plan forty days of watering for me';

describe('The chat page', () => {
  let browser: Browser;
  let replay: FlowiseReplay;
  let server: TestServer;
  let port: number;
  let dataDir: string;
  let user: TestUser;
  let driver: ChatDriver;

  const settings = (): Record<string, string> => ({
    PORT: String(port),
    DATA_DIR: dataDir,
    FLOWISE_API_URL: replay.url,
    TURNS_PER_MINUTE: '10000',
    ASSISTANT_DELAY_MS: '5',
  });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-browser-'));
    [browser, replay, port] = await Promise.all([launchBrowser(), startFlowiseReplay(), lastingPort()]);
    server = await startTestServer(settings());
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await replay.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    user = await server.registerUser();
  });
  afterEach(async () => {
    const { complaints } = driver;
    await driver.close();
    expect(complaints).toEqual([]);
  });

  const enter = async (options?: DriverOptions): Promise<void> => {
    driver = await ChatDriver.open(browser, server.url, options);
    await driver.signIn(user.email, user.password);
  };

  /** Lets the assistant's place be taken by a flow whose tokens the test lets through. */
  async function gateAnswers(): Promise<Gate> {
    const gate = new Gate();
    replay.respondWith(flowise.gated(gate, ...TOKENS), 'gated');
    await putAssistant({ provider: 'flowise', upstream: { flowId: 'gated' } });
    return gate;
  }
  async function putAssistant(upstream: object): Promise<void> {
    const { token } = await server.admin();
    const response = await server.request
      .put('/chatflows/assistant')
      .auth(token, { type: 'bearer' })
      .send({ name: 'Todo assistant', price: { credits: 1 }, access: { public: true }, ...upstream });
    expect(response.status).toBeLessThan(300);
  }

  describe('with the built-in assistant', () => {
    it('signs the demo user in with what is filled in, and streams a first answer', async () => {
      driver = await ChatDriver.open(browser, server.url);
      await driver.page.getByText('The demo user is filled in').waitFor();
      expect(await driver.accessibilityProblems()).toEqual([]);
      await driver.page.getByRole('button', { name: 'Sign in' }).click();
      await driver.composer.waitFor();
      await driver.seeBalance(100);
      await driver.shoot('new-chat');
      expect(await driver.accessibilityProblems()).toEqual([]);
      await driver.page.getByRole('button', { name: 'Add a task to buy milk' }).click();
      await driver.seeText('Added task 1, "buy milk".');
      await driver.seeStatus('completed');
      await driver.seeBalance(99);
      expect(await driver.page.locator('.tollgate-tool').innerText()).toMatch(/add_task\s+done/);
      expect(await driver.page.locator('.sidebar nav li').innerText()).toBe('Add a task to buy milk');
    });

    it('refuses a wrong password in words', async () => {
      driver = await ChatDriver.open(browser, server.url);
      await driver.page.getByLabel('E-mail').fill(user.email);
      await driver.page.getByLabel('Password').fill('not the password');
      await driver.page.getByRole('button', { name: 'Sign in' }).click();
      await driver.page.getByRole('alert').getByText('The e-mail or the password is wrong.').waitFor();
    });

    it('shows markdown as elements, tools with their data, and the same after a reload', async () => {
      await enter();
      await driver.ask('help');
      await driver.seeStatus('completed');
      expect(await driver.page.locator('.markdown li strong').allInnerTexts()).toEqual([
        'Add',
        'List',
        'Complete',
        'Remove',
      ]);
      await driver.ask('add a task to water the plants');
      await driver.seeStatus('completed');
      await driver.page.locator('.tollgate-tool summary').last().click();
      await driver.page.getByText('"title": "water the plants"').first().waitFor();
      await driver.page.locator('.tollgate-tool summary').last().click();
      await driver.shoot('conversation');
      expect(await driver.accessibilityProblems()).toEqual([]);
      const before = await driver.answers();
      await driver.page.reload();
      await driver.seeText('Added task');
      expect(await driver.answers()).toEqual(before);
      expect(await driver.page.locator('.tollgate-tool').count()).toBe(2);
    });

    it('shows usage by day and what moved', async () => {
      await enter();
      await driver.ask('help');
      await driver.seeStatus('completed');
      await driver.page.getByRole('button', { name: /credits.*Usage/ }).click();
      await driver.page.getByText('1 credit in 14 days').waitFor();
      await driver.page.getByRole('cell', { name: 'Charged' }).waitFor();
      await driver.shoot('usage');
      expect(await driver.accessibilityProblems()).toEqual([]);
      await driver.page.keyboard.press('Escape');
      await driver.page.getByText('1 credit in 14 days').waitFor({ state: 'detached' });
    });

    it('fits a telephone, in the dark', async () => {
      await enter({ width: 360, height: 700, theme: 'dark' });
      await driver.ask('help');
      await driver.seeStatus('completed');
      expect(await driver.overflowsSideways()).toBe(false);
      await driver.shoot('phone-dark');
      expect(await driver.accessibilityProblems()).toEqual([]);
      await driver.page.getByRole('button', { name: 'Conversations' }).click();
      await driver.page.getByRole('button', { name: 'New chat' }).waitFor();
      await driver.page.waitForTimeout(300);
      await driver.shoot('phone-menu');
      expect(await driver.overflowsSideways()).toBe(false);
      expect(await driver.accessibilityProblems()).toEqual([]);
    });

    it('keeps the theme that was chosen', async () => {
      await enter();
      await driver.ask('help');
      await driver.seeStatus('completed');
      await driver.page.getByRole('button', { name: 'Use the dark theme' }).click();
      await driver.page.waitForTimeout(300);
      await driver.shoot('conversation-dark');
      expect(await driver.accessibilityProblems()).toEqual([]);
      await driver.page.reload();
      await driver.page.getByRole('button', { name: 'Use the light theme' }).waitFor();
    });

    it('can be used with the keyboard alone', async () => {
      await enter();
      await driver.page.keyboard.type('hello');
      await driver.page.keyboard.press('Enter');
      await driver.seeStatus('completed');
      expect(await driver.page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    });
  });

  describe('with an answer that takes its time', () => {
    let gate: Gate;
    beforeEach(async () => {
      gate = await gateAnswers();
    });
    afterEach(() => {
      gate.open();
    });

    it('shows that it thinks, then the text as it comes, then what it cost', async () => {
      await enter();
      await driver.ask(QUESTION);
      await driver.page.locator('.typing').waitFor();
      gate.release(10);
      await driver.seeText('Day 9:');
      await driver.seeStatus('streaming');
      await driver.page.getByText('1 held').waitFor();
      expect(await driver.page.locator('.sidebar nav li').innerText()).toBe(QUESTION);
      await driver.shoot('streaming');
      expect(await driver.accessibilityProblems()).toEqual([]);
      gate.open();
      await driver.seeStatus('completed');
      expect(await driver.answers()).toEqual([WHOLE]);
      await driver.seeBalance(99);
    });

    it('stops, keeps what had come, and can try again', async () => {
      await enter();
      await driver.ask(QUESTION);
      gate.release(5);
      await driver.seeText('Day 4:');
      await driver.page.getByRole('button', { name: 'Stop answering' }).click();
      await driver.page.getByText('Stopped · 1 credit').waitFor();
      expect(await driver.answers()).toEqual([TOKENS.slice(0, 5).join('').trim()]);
      await driver.shoot('stopped');
      expect(await driver.accessibilityProblems()).toEqual([]);
      gate.open();
      await driver.page.getByRole('button', { name: 'Try again' }).click();
      await driver.seeStatus('completed');
      expect((await driver.answers()).at(-1)).toBe(WHOLE);
    });

    it('goes on after a reload in the middle, without a duplicate', async () => {
      await enter();
      await driver.ask(QUESTION);
      gate.release(12);
      await driver.seeText('Day 11:');
      await driver.page.reload();
      await driver.seeText('Day 11:');
      expect(await driver.questions()).toEqual([QUESTION]);
      gate.open();
      await driver.seeStatus('completed');
      expect(await driver.answers()).toEqual([WHOLE]);
      expect(replay.requests.filter(({ body }) => body.question === QUESTION)).not.toHaveLength(0);
      await driver.seeBalance(99);
    });

    it('shows the same turn in two tabs, and the next one by itself', async () => {
      await enter();
      await driver.ask(QUESTION);
      gate.release(3);
      await driver.seeText('Day 2:');
      const other = await driver.openTab();
      await other.seeText('Day 2:');
      expect(await other.questions()).toEqual([QUESTION]);
      gate.open();
      await Promise.all([driver.seeStatus('completed'), other.seeStatus('completed')]);
      expect(await other.answers()).toEqual([WHOLE]);

      gate = await gateAnswers();
      // The other tab is told, and follows by itself.
      await driver.ask('again');
      gate.release(2);
      await other.seeStatus('streaming');
      expect(await other.questions()).toEqual([QUESTION, 'again']);
      gate.open();
      await Promise.all([driver.seeStatus('completed'), other.seeStatus('completed')]);
      expect(await other.answers()).toEqual([WHOLE, WHOLE]);
      expect(other.complaints).toEqual([]);
    });

    it('goes on when the network comes back', async () => {
      await enter();
      await driver.ask(QUESTION);
      gate.release(5);
      await driver.seeText('Day 4:');
      await driver.context.setOffline(true);
      // A connection that is open survives the browser's own switch: the server's side ends it.
      server.tollgate.app.getHttpServer().closeAllConnections();
      await driver.page.getByText('Reconnecting').waitFor();
      await driver.shoot('reconnecting');
      gate.release(10);
      await driver.context.setOffline(false);
      await driver.seeText('Day 14:');
      gate.open();
      await driver.seeStatus('completed');
      expect(await driver.answers()).toEqual([WHOLE]);
      await driver.seeBalance(99);
    });

    it('bears a slow network', async () => {
      await enter();
      const devtools = await driver.context.newCDPSession(driver.page);
      await devtools.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 400,
        downloadThroughput: 4000,
        uploadThroughput: 4000,
      });
      gate.open();
      await driver.ask(QUESTION);
      await driver.seeStatus('completed');
      expect(await driver.answers()).toEqual([WHOLE]);
    });

    it('tells that the server stopped, and answers when it is back', async () => {
      await enter();
      await driver.ask(QUESTION);
      gate.release(6);
      await driver.seeText('Day 5:');
      await server.close();
      server = await startTestServer(settings());
      await driver.page
        .getByText('The server stopped before the answer was complete')
        .waitFor({ timeout: 40_000 });
      await driver.shoot('interrupted');
      expect(await driver.accessibilityProblems()).toEqual([]);
      await driver.seeBalance(100);
      gate.open();
      await driver.page.getByRole('button', { name: 'Try again' }).click();
      await driver.seeStatus('completed');
      expect((await driver.answers()).at(-1)).toBe(WHOLE);
      await driver.seeBalance(99);
    });
  });

  describe('when an answer is refused', () => {
    beforeEach(() => putAssistant({ provider: 'assistant' }));

    it('tells that there are not enough credits', async () => {
      user = await server.registerUser({ credits: 1 });
      await enter();
      await driver.ask('help');
      await driver.seeStatus('completed');
      await driver.seeBalance(0);
      await driver.ask('help');
      await driver.page.getByText('Not enough credits: this costs 1, and you have 0.').waitFor();
      await driver.shoot('out-of-credits');
      expect(await driver.accessibilityProblems()).toEqual([]);
      expect(await driver.page.getByRole('button', { name: 'Try again' }).count()).toBe(1);
    });

    it('shows what looks like HTML as it is written', async () => {
      const evil = '<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](https://example.com/p.png)';
      replay.respondWith(flowise.tokens(evil), 'evil');
      await putAssistant({ provider: 'flowise', upstream: { flowId: 'evil' } });
      await enter();
      await driver.ask('evil');
      await driver.seeStatus('completed');
      await driver.seeText('<img src=x onerror=alert(1)>');
      expect(await driver.page.locator('.markdown img').count()).toBe(0);
      expect(await driver.page.locator('.markdown a').count()).toBe(1);
      expect(await driver.page.locator('.markdown a').getAttribute('href')).toBe('https://example.com/p.png');
    });
  });
});
