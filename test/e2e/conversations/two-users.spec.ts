import { openBrowser } from '../../support/dialects/browser.js';
import { NAMED_SESSIONS } from '../../support/dialects/named-sessions.js';
import { TurnWorld } from '../../support/turn-world.js';

const RECALL = 'What did I say?';
const NOTHING = 'I remember nothing.';

describe('two users whose sessions have the same names', () => {
  let world: TurnWorld;
  let closeBrowser: () => Promise<void>;

  beforeAll(async () => {
    closeBrowser = openBrowser();
    world = await TurnWorld.start();
  });
  afterAll(async () => {
    await world.close();
    await closeBrowser();
  });

  const newPair = async () => Promise.all([world.server.registerUser(), world.server.registerUser()]);

  describe.each(NAMED_SESSIONS.map((format) => [format.name, format] as const))('%s', (_name, format) => {
    it('are never told each other’s words, and delete only their own', async () => {
      const [one, two] = await newPair();
      const [ofOne, ofTwo] = [world.setupOf(one), world.setupOf(two)];
      expect(await format.ask(ofOne, 'main', 'my apples')).toBe('You said: my apples');
      expect(await format.ask(ofTwo, 'main', RECALL)).toBe(NOTHING);
      expect(await format.ask(ofTwo, 'main', 'my pears')).toBe('You said: my pears');

      const toldToOne = await format.ask(ofOne, 'main', RECALL);
      expect(toldToOne).toContain('my apples');
      expect(toldToOne).not.toContain('my pears');

      expect(await world.deleteSession('main', one)).toEqual([204, 'deleted']);
      const toldToTwo = await format.ask(ofTwo, 'main', RECALL);
      expect(toldToTwo).toContain('my pears');
      expect(toldToTwo).not.toContain('my apples');
      expect(await format.ask(ofOne, 'main', RECALL)).toBe(NOTHING);
      expect(await world.server.read('/sessions/main', two.token)).toMatchObject({ messageCount: 6 });
      expect(await world.server.read('/sessions/main', one.token)).toMatchObject({ messageCount: 2 });
    });
  });

  it('are the same session in every format, and still two for two users', async () => {
    const [one, two] = await newPair();
    for (const [index, format] of NAMED_SESSIONS.entries()) {
      await format.ask(world.setupOf(one), 'default', `apple ${index}`);
      await format.ask(world.setupOf(two), 'default', `pear ${index}`);
    }
    for (const [user, own, other] of [
      [one, 'apple', 'pear'],
      [two, 'pear', 'apple'],
    ] as const) {
      const told = (await world.askWhole({ user, sessionId: 'default', question: RECALL })).text;
      for (const index of NAMED_SESSIONS.keys()) expect(told).toContain(`you said "${own} ${index}"`);
      expect(told).not.toContain(other);
    }
  });

  it('may both ask at the same moment', async () => {
    const [one, two] = await newPair();
    for (const sessionId of ['default', 'main', 'chat-1']) {
      const [first, second] = await Promise.all([
        world.askWhole({ user: one, sessionId, question: `apples in ${sessionId}` }),
        world.askWhole({ user: two, sessionId, question: `pears in ${sessionId}` }),
      ]);
      expect([first.text, second.text]).toEqual([
        `You said: apples in ${sessionId}`,
        `You said: pears in ${sessionId}`,
      ]);
    }
  });
});
