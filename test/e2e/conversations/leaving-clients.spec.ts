import { openBrowser } from '../../support/dialects/browser.js';
import { NAMED_SESSIONS } from '../../support/dialects/named-sessions.js';
import { STOP_BUTTONS, type StoppablePage } from '../../support/dialects/stop-buttons.js';
import { readUntilText } from '../../support/read-until.js';
import type { TestUser } from '../../support/test-server.js';
import { readWhole, TurnWorld } from '../../support/turn-world.js';
import { Gate } from '../../support/upstream/gate.js';

const CREDITS = 10;
const WORDS = ['one ', 'two ', 'three'];

describe('a client that leaves in the middle of an answer', () => {
  let world: TurnWorld;
  let closeBrowser: () => Promise<void>;
  let user: TestUser;
  let first: Gate;

  beforeAll(async () => {
    closeBrowser = openBrowser();
    world = await TurnWorld.start();
  });
  afterAll(async () => {
    await world.close();
    await closeBrowser();
  });
  beforeEach(async () => {
    user = await world.server.registerUser({ credits: CREDITS });
    first = new Gate();
    world.upstream.runAs({
      kind: 'chain',
      gate: ({ question }) => (question === 'first' ? first : undefined),
      answer: ({ question }) => (question === 'first' ? WORDS : ['You said: ', question]),
    });
  });

  const messages = async () =>
    ((await world.server.read('/sessions/main/messages', user.token)).data as Record<string, string>[]).map(
      ({ role, status, content }) => `${role} ${status} ${content}`,
    );
  const balance = () => world.server.read('/accounting/balance', user.token);
  const activeTurn = async () => String((await world.server.read('/sessions/main', user.token)).activeTurnId);

  describe.each(STOP_BUTTONS.map((button) => [button.name, button] as const))('%s', (_name, button) => {
    let page: StoppablePage;
    beforeEach(async () => (page = await button.open(world.setupOf(user), 'main')));
    afterEach(() => {
      page.close();
    });

    /** Asks, sees the first word, and presses the button. */
    async function askAndStop(): Promise<void> {
      const asked = page.ask('first');
      first.release();
      await page.untilShown('one ');
      await page.stop();
      await asked;
    }

    it('asks again at once: the old turn yields, stopped and settled', async () => {
      await askAndStop();
      expect(await page.ask('second')).toBe('You said: second');
      expect(await messages()).toEqual([
        'user stopped first',
        'assistant stopped one ',
        'user completed second',
        'assistant completed You said: second',
      ]);
      expect(await balance()).toEqual({ available: CREDITS - 2, held: 0 });
      first.open();
      await world.upstream.whenIdle();
      expect(await page.ask('third')).toBe('You said: third');
    });

    it('is told that a turn runs while somebody else watches that one', async () => {
      const asked = page.ask('first');
      first.release();
      await page.untilShown('one ');
      const turnId = await activeTurn();
      const watcher = await world.server.stream(`/turns/${turnId}/stream`, { token: user.token });
      const behind = await readUntilText(watcher, 'one ');
      await page.stop();
      await asked;
      expect(await page.ask('second')).toMatch(/in progress|running|Failed to get response/i);
      first.open();
      let last;
      for (let next = await behind.next(); !next.done; next = await behind.next()) last = next.value;
      expect(last?.json?.event).toBe('end');
      expect(await messages()).toEqual(['user completed first', 'assistant completed one two three']);
      expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
    });
  });

  it.each(NAMED_SESSIONS.map((format) => [format.name, format] as const))(
    'asks again in another format, and the old turn yields all the same: %s',
    async (_name, format) => {
      const left = await world.ask({ user, sessionId: 'main', question: 'first' });
      first.release();
      await readUntilText(left, 'one ');
      left.abort();
      expect(await format.ask(world.setupOf(user), 'main', 'second')).toBe('You said: second');
      expect((await messages()).slice(0, 2)).toEqual(['user stopped first', 'assistant stopped one ']);
      expect(await balance()).toEqual({ available: CREDITS - 2, held: 0 });
    },
  );

  it('asks the same again and is attached to its turn, which is charged once', async () => {
    const left = await world.ask({ user, sessionId: 'main', question: 'first' });
    first.release();
    await readUntilText(left, 'one ');
    left.abort();
    const back = await world.ask({ user, sessionId: 'main', question: 'first' });
    expect([back.status, back.headers['x-turn-id']]).toEqual([200, left.headers['x-turn-id']]);
    first.open();
    expect(await readWhole(back)).toMatchObject({ text: 'one two three', ended: true });
    expect(await messages()).toEqual(['user completed first', 'assistant completed one two three']);
    expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
  });

  it('and one that is still there both see the whole answer when the same is asked twice at once', async () => {
    const asked = world.upstream.requests.length;
    const both = await Promise.all(
      [0, 1].map(() => world.ask({ user, sessionId: 'main', question: 'first' })),
    );
    first.open();
    const seen = await Promise.all(both.map(readWhole));
    expect(seen.map(({ text }) => text)).toEqual(['one two three', 'one two three']);
    expect(world.upstream.requests.length - asked).toBe(1);
    expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
  });

  it('before the first word leaves a turn that yields too, and is not charged', async () => {
    const asked = world.upstream.requests.length;
    const left = await world.ask({ user, sessionId: 'main', question: 'first' });
    await world.upstream.request(asked);
    left.abort();
    expect((await world.askWhole({ user, sessionId: 'main', question: 'second' })).text).toBe(
      'You said: second',
    );
    expect(await world.stored(String(left.headers['x-turn-id']), user)).toMatchObject({
      status: 'stopped',
      captured: 0,
      messages: [],
      balance: { available: CREDITS - 1, held: 0 },
    });
  });
});
