import { openEventStream } from '../support/event-stream.js';
import { readRest, readUntilText } from '../support/read-until.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import type { ChatDriver } from './chat-driver.js';
import { PageWorld } from './page-world.js';

/** Each code with which a question can be refused for a while, as somebody in front of the page sees it. */
describe.each<[string, Readonly<Record<string, string>>, (page: () => Refusals) => void]>([
  [
    'Too many at once (429 rate_limited)',
    { CONCURRENT_TURNS: '1' },
    (page) => {
      it('is told, and asked again when the other answer has ended', async () => {
        const { driver, gate } = page();
        await page().beginElsewhere('elsewhere');
        await driver.ask('mine');
        const refused = driver.page.getByRole('alert');
        await refused
          .getByText(/At most 1 turns of a user run at once\. Try again in \d+ seconds?\./)
          .waitFor();
        await page().seeKept('mine');
        gate.open();
        await page().othersEnd();
        await page().tryAgain();
        expect(await world(page).charged()).toEqual({ flow: 2 });
      });
    },
  ],
  [
    'Too many in a minute (429 rate_limited)',
    { TURNS_PER_MINUTE: '1' },
    (page) => {
      it('is told with how long to wait, each time', async () => {
        const { driver, gate } = page();
        gate.open();
        await driver.ask('one');
        await driver.seeStatus('completed');
        await driver.ask('two');
        const told = driver.page.getByText(/^Too many turns in this minute\. Try again in \d+ seconds?\.$/);
        await told.waitFor();
        await page().seeKept('one', 'two');
        await driver.page.getByRole('button', { name: 'Try again' }).click();
        await told.waitFor();
        expect(await driver.questions()).toEqual(['one', 'two']);
        expect(await world(page).charged()).toEqual({ flow: 1 });
      });
    },
  ],
  [
    'A conversation that answers already (409 turn_in_progress)',
    {},
    (page) => {
      it('shows that answer, and gives the question back', async () => {
        const { driver, gate } = page();
        gate.release(2);
        await driver.ask('one');
        await driver.seeStatus('completed');
        // Nothing has told the page yet.
        await page().beginElsewhere('elsewhere', true);
        await driver.ask('mine');
        await driver.page.getByText('An answer is running in this conversation already.').waitFor();
        await driver.seeText('Fine.');
        expect(await driver.questions()).toEqual(['one', 'elsewhere']);
        expect(await driver.composer.inputValue()).toBe('mine');
        expect(await driver.accessibilityProblems()).toEqual([]);
        gate.open();
        await page().othersEnd();
        await driver.seeStatus('completed');
        await driver.composer.press('Enter');
        await driver.page.locator('.message').nth(5).waitFor();
        await driver.seeStatus('completed');
        expect(await driver.questions()).toEqual(['one', 'elsewhere', 'mine']);
        expect(await world(page).charged()).toEqual({ flow: 3 });
      });
    },
  ],
  [
    'As many conversations as there may be (409 quota_exceeded)',
    { SESSIONS_PER_USER: '1' },
    (page) => {
      it('is told, and asked when one is deleted', async () => {
        const { driver, gate } = page();
        gate.open();
        await driver.ask('one');
        await driver.seeStatus('completed');
        await driver.page.getByRole('button', { name: 'New chat' }).click();
        await driver.ask('two');
        await driver.page
          .getByText('You have as many conversations as there may be (1): delete some first.')
          .waitFor();
        await page().seeKept('two');
        await page().deleteSession('one');
        await page().tryAgain();
        expect(await driver.questions()).toEqual(['two']);
      });
    },
  ],
  [
    'As much stored as there may be (409 quota_exceeded)',
    { STORED_BYTES_PER_USER: '2000' },
    (page) => {
      it('is told, and asked when something is deleted', async () => {
        const { driver, gate } = page();
        gate.open();
        await driver.ask(`one ${'x'.repeat(4000)}`);
        await driver.seeStatus('completed');
        await driver.page.getByRole('button', { name: 'New chat' }).click();
        const told = driver.page.getByText('All your room is used: delete some conversations first.');
        await driver.ask('two');
        await told.waitFor();
        await page().seeKept('two');
        await page().deleteSession('one');
        await page().tryAgain();
      });
    },
  ],
  [
    'A chatflow without a free place (503 overloaded)',
    {},
    (page) => {
      it('is waited for in words that say so, and asked by itself', async () => {
        const { driver, gate } = page();
        await world(page).putChatflow('flow', { concurrency: { turns: 1 } });
        await page().beginElsewhere('elsewhere');
        await driver.ask('mine');
        await driver.page.getByText('The server is busy. It is asked again by itself …').waitFor();
        expect(await driver.page.getByText('Connection lost').count()).toBe(0);
        expect(await driver.questions()).toEqual(['mine']);
        expect(await driver.accessibilityProblems()).toEqual([]);
        gate.open();
        await page().othersEnd();
        await driver.seeStatus('completed');
        expect(await driver.questions()).toEqual(['mine']);
        expect(await world(page).charged()).toEqual({ flow: 2 });
      });

      it('stays where it is left meanwhile, and is asked again', async () => {
        const { driver, gate } = page();
        await page().beginElsewhere('elsewhere');
        await driver.ask('mine');
        await driver.page.getByText('The server is busy.').waitFor();
        await driver.page.reload();
        await page().seeKept('mine');
        gate.open();
        await page().othersEnd();
        await page().tryAgain();
        expect(await driver.questions()).toEqual(['mine']);
      });
    },
  ],
])('%s', (_, settings, tests) => {
  let refusals: Refusals;
  let started: PageWorld;

  beforeAll(async () => {
    started = await PageWorld.start(settings);
    await started.putChatflow('flow');
  });
  afterAll(() => started.close());
  beforeEach(async () => {
    refusals = await Refusals.begin(started);
  });
  afterEach(async () => {
    refusals.gate.open();
    expect(await started.leave()).toEqual([]);
  });

  tests(() => refusals);
});

const world = (page: () => Refusals): PageWorld => page().world;

/** Somebody in front of the page, who asks the same chatflow elsewhere, too. */
class Refusals {
  readonly gate = new Gate();
  private others: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly world: PageWorld,
    readonly driver: ChatDriver,
  ) {
    world.replay.respondWith(flowise.gated(this.gate, 'Fine.'), 'flow');
  }

  static async begin(world: PageWorld): Promise<Refusals> {
    const driver = await world.enter();
    await driver.choose('flow');
    return new Refusals(world, driver);
  }

  /** Asks without the page, and goes on watching. @param isHere in the conversation that the page shows, else in one of its own */
  async beginElsewhere(question: string, isHere = false): Promise<void> {
    const { server, user } = this.world;
    const { data } = await server.read('/sessions', user.token);
    const [session] = data as { id: string }[];
    const place = isHere && session !== undefined ? { sessionId: session.id } : {};
    const stream = await openEventStream(`${server.url}/predict/stream/store`, {
      token: user.token,
      body: { chatflow_id: 'flow', question, ...place },
    });
    this.gate.release();
    this.others = readRest(await readUntilText(stream, 'Fine.'));
  }

  /** What was asked elsewhere is answered and settled. */
  async othersEnd(): Promise<void> {
    await this.others;
  }

  /** The question stands with its error, also over a reload. */
  async seeKept(...questions: readonly string[]): Promise<void> {
    const { driver } = this;
    const button = driver.page.getByRole('button', { name: 'Try again' });
    await button.waitFor();
    expect(await driver.questions()).toEqual(questions);
    expect(await driver.accessibilityProblems()).toEqual([]);
    const told = await driver.page.getByRole('alert').innerText();
    await driver.page.reload();
    await button.waitFor();
    expect(await driver.questions()).toEqual(questions);
    expect(await driver.page.getByRole('alert').innerText()).toBe(told);
  }

  async tryAgain(): Promise<void> {
    await this.driver.page.getByRole('button', { name: 'Try again' }).click();
    await this.driver.seeStatus('completed');
    await this.driver.seeText('Fine.');
  }

  async deleteSession(topic: string): Promise<void> {
    const { page } = this.driver;
    const item = page.locator('.sidebar nav li').filter({ hasText: topic });
    await item.hover();
    await item.getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await item.waitFor({ state: 'detached' });
  }
}
