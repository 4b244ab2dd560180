import { startCuttingProxy, type CuttingProxy } from '../../support/cutting-proxy.js';
import { newChat, textOf } from '../../support/dialects/ai-sdk-clients.js';
import { LIBRARIES } from '../../support/dialects/libraries/libraries.js';
import { until } from '../../support/dialects/page.js';
import type { TestUser } from '../../support/test-server.js';
import { TurnWorld } from '../../support/turn-world.js';
import { Gate } from '../../support/upstream/gate.js';

const CREDITS = 20;
const WORDS = ['one ', 'two ', 'three'];

const AI_SDKS = LIBRARIES.aiSdks.map((sdk) => [sdk.versions.ai, sdk] as const);

interface StoredMessage {
  readonly id: string;
  readonly turnId: string;
  readonly role: string;
  readonly content: string;
  readonly parentId?: string;
  readonly siblings?: Readonly<Record<string, unknown>>;
}

describe.each(AI_SDKS)('conversations of the AI SDK, with ai %s', (_version, sdk) => {
  let world: TurnWorld;
  let proxy: CuttingProxy;
  let user: TestUser;

  beforeAll(async () => (world = await TurnWorld.start()));
  afterAll(() => world.close());
  beforeEach(async () => {
    // A new one each time: connections that are kept alive have met their fate.
    proxy = await startCuttingProxy(world.server.url);
    user = await world.server.registerUser({ credits: CREDITS });
    world.upstream.runAs({ kind: 'chain' });
  });

  afterEach(() => proxy.close());

  const open = (url = world.server.url) => newChat({ ...world.setupOf(user), url }, 'main', sdk);
  const balance = () => world.server.read('/accounting/balance', user.token);
  const list = async (query = '') =>
    (await world.server.read(`/sessions/main/messages${query}`, user.token)) as unknown as {
      data: StoredMessage[];
      turns: { status: string; question: string; error?: { code: string } }[];
    };
  const contents = (messages: readonly StoredMessage[]) => messages.map(({ content }) => content);

  describe('a chat whose connection is cut', () => {
    let gate: Gate;
    beforeEach(() => {
      gate = new Gate();
      world.upstream.runAs({ kind: 'chain', gate, answer: () => WORDS });
    });

    /** Asks over a connection that breaks behind the first word. @returns the chat and its turn */
    async function askAndBreak() {
      const chat = open(proxy.url);
      // start, start-step, text-start and the first text.
      proxy.plan({ kind: 'cut', afterEvents: 4 });
      const sent = chat.sendMessage({ text: 'Hi' });
      gate.release();
      await sent;
      expect(chat.status).toBe('error');
      expect(textOf(chat.lastMessage)).toBe('one ');
      const { activeTurnId } = await world.server.read('/sessions/main', user.token);
      return { chat, turnId: String(activeTurnId) };
    }

    it('shows the whole answer once when the turn has ended meanwhile', async () => {
      const { chat, turnId } = await askAndBreak();
      gate.open();
      expect((await world.stored(turnId, user)).status).toBe('completed');
      await chat.resumeStream();
      expect(chat.messages.map(textOf)).toEqual(['Hi', WORDS.join('')]);
      expect([chat.status, chat.error]).toEqual(['ready', undefined]);
      expect(chat.lastMessage?.id).toBe((await list()).data[1]?.id);
      expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
    });

    it('shows the whole answer once when the turn still runs', async () => {
      const { chat } = await askAndBreak();
      const resumed = chat.resumeStream();
      gate.open();
      await resumed;
      expect(chat.messages.map(textOf)).toEqual(['Hi', WORDS.join('')]);
      expect(chat.status).toBe('ready');
    });

    it('shows it on a page that was reloaded', async () => {
      const { turnId } = await askAndBreak();
      gate.open();
      await world.stored(turnId, user);
      const reloaded = open();
      await reloaded.resumeStream();
      expect(reloaded.messages.map(textOf)).toEqual([WORDS.join('')]);
    });

    it('shows the error of a turn that has failed meanwhile', async () => {
      world.upstream.runAs({
        kind: 'chain',
        gate,
        answer: () => WORDS,
        failure: { kind: 'error', message: 'broken', afterTokens: 2 },
      });
      const { chat, turnId } = await askAndBreak();
      gate.open();
      expect((await world.stored(turnId, user)).status).toBe('failed');
      await chat.resumeStream();
      expect(chat.status).toBe('error');
      expect(chat.error?.message).toMatch(/upstream/i);
      expect(await balance()).toEqual({ available: CREDITS, held: 0 });
    });
  });

  describe('an answer that is made anew', () => {
    it('stands beside the last one, which is kept but neither shown nor told', async () => {
      const chat = open();
      await chat.sendMessage({ text: 'one' });
      await chat.sendMessage({ text: 'two' });
      world.upstream.runAs({ kind: 'chain', answer: () => ['A better two'] });
      await chat.regenerate();
      expect(chat.messages.map(textOf)).toEqual(['one', 'You said: one', 'two', 'A better two']);

      const shown = (await list()).data;
      expect(contents(shown)).toEqual(['one', 'You said: one', 'two', 'A better two']);
      expect(shown.map(({ parentId }) => parentId)).toEqual([
        undefined,
        ...shown.slice(0, -1).map(({ id }) => id),
      ]);
      const all = (await list('?superseded=true')).data;
      expect(contents(all)).toEqual(['one', 'You said: one', 'two', 'You said: two', 'two', 'A better two']);
      expect(all.map(({ siblings }) => siblings)).toEqual([
        undefined,
        undefined,
        { index: 1, count: 2, nextId: all[4]?.id },
        undefined,
        { index: 2, count: 2, previousId: all[2]?.id },
        undefined,
      ]);
      expect(contents((await list(`?branch=${all[2]?.id}`)).data)).toEqual(contents(all.slice(0, 4)));
      expect(await world.server.read('/sessions/main', user.token)).toMatchObject({ messageCount: 4 });

      world.upstream.runAs({ kind: 'chain' });
      await chat.sendMessage({ text: 'What did I say?' });
      expect(textOf(chat.lastMessage)).toBe(
        'I remember: you said "one"; I said "You said: one"; you said "two"; I said "A better two"; ',
      );
      expect(await balance()).toEqual({ available: CREDITS - 4, held: 0 });
    });

    it('may be made anew again, each beside those before', async () => {
      const chat = open();
      await chat.sendMessage({ text: 'Hi' });
      for (const answer of ['second', 'third']) {
        world.upstream.runAs({ kind: 'chain', answer: () => [answer] });
        await chat.regenerate();
      }
      expect(chat.messages.map(textOf)).toEqual(['Hi', 'third']);
      expect(contents((await list()).data)).toEqual(['Hi', 'third']);
      expect((await list('?superseded=true')).data).toHaveLength(6);
      world.upstream.runAs({ kind: 'chain' });
      await chat.sendMessage({ text: 'What did I say?' });
      expect(textOf(chat.lastMessage)).toBe('I remember: you said "Hi"; I said "third"; ');
    });

    it('stands beside an earlier answer and all that came behind it', async () => {
      const chat = open();
      await chat.sendMessage({ text: 'one' });
      const earlier = chat.lastMessage?.id ?? '';
      await chat.sendMessage({ text: 'two' });
      await chat.sendMessage({ text: 'three' });
      world.upstream.runAs({ kind: 'chain', answer: () => ['A better one'] });
      await chat.regenerate({ messageId: earlier });
      expect(chat.messages.map(textOf)).toEqual(['one', 'A better one']);
      const { data } = await list();
      expect(contents(data)).toEqual(['one', 'A better one']);
      expect(data[0]).not.toHaveProperty('parentId');
      expect(data[1]?.parentId).toBe(data[0]?.id);
      expect(await world.server.read('/sessions/main', user.token)).toMatchObject({ messageCount: 2 });
      world.upstream.runAs({ kind: 'chain' });
      await chat.sendMessage({ text: 'What did I say?' });
      expect(textOf(chat.lastMessage)).toBe('I remember: you said "one"; I said "A better one"; ');
    });

    it('is the answer where there was none, because its turn had failed', async () => {
      const chat = open();
      await chat.sendMessage({ text: 'one' });
      world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 1 } });
      await chat.sendMessage({ text: 'two' });
      expect(chat.status).toBe('error');
      world.upstream.runAs({ kind: 'chain' });
      await chat.regenerate();
      expect([chat.status, textOf(chat.lastMessage)]).toEqual(['ready', 'You said: two']);
      const { data, turns } = await list();
      expect(contents(data)).toEqual(['one', 'You said: one', 'two', 'You said: two']);
      expect(data[2]?.parentId).toBe(data[1]?.id);
      expect(turns).toMatchObject([
        { status: 'failed', question: 'two', error: { code: 'upstream_failed' } },
      ]);
      expect((await list('?superseded=true')).data).toHaveLength(4);
      await chat.sendMessage({ text: 'What did I say?' });
      expect(textOf(chat.lastMessage)).toBe(
        'I remember: you said "one"; I said "You said: one"; you said "two"; I said "You said: two"; ',
      );
    });

    it('stands beside none when its turn had failed, though the same was asked and answered before', async () => {
      const chat = open();
      await chat.sendMessage({ text: 'again' });
      world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 1 } });
      await chat.sendMessage({ text: 'again' });
      await chat.regenerate();
      expect(chat.status).toBe('error');
      world.upstream.runAs({ kind: 'chain' });
      await chat.regenerate();
      const { data } = await list();
      expect(contents(data)).toEqual(['again', 'You said: again', 'again', 'You said: again']);
      expect(contents(data)).toEqual(chat.messages.map(textOf));
      expect((await list('?superseded=true')).data).toHaveLength(4);
    });

    it('stands where it was to stand when it has failed itself and is asked for once more', async () => {
      const chat = open();
      await chat.sendMessage({ text: 'Hi' });
      world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 1 } });
      await chat.regenerate();
      world.upstream.runAs({ kind: 'chain', answer: () => ['A better one'] });
      await chat.regenerate();
      expect(contents((await list()).data)).toEqual(['Hi', 'A better one']);
      expect((await list('?superseded=true')).data).toHaveLength(4);
    });

    it('leaves what it was to stand beside when it fails itself', async () => {
      const chat = open();
      await chat.sendMessage({ text: 'Hi' });
      world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 1 } });
      await chat.regenerate();
      expect(chat.status).toBe('error');
      expect(contents((await list()).data)).toEqual(['Hi', 'You said: Hi']);
      expect(await world.server.read('/sessions/main', user.token)).toMatchObject({ messageCount: 2 });
      world.upstream.runAs({ kind: 'chain' });
      expect((await world.askWhole({ user, sessionId: 'main', question: 'What did I say?' })).text).toBe(
        'I remember: you said "Hi"; I said "You said: Hi"; ',
      );
    });

    it('stands beside an answer that was stopped', async () => {
      const gate = new Gate();
      world.upstream.runAs({ kind: 'chain', gate, answer: () => WORDS });
      const chat = open();
      const sent = chat.sendMessage({ text: 'Hi' });
      gate.release();
      await until(() => textOf(chat.lastMessage) === 'one ');
      await chat.stop();
      await sent;
      world.upstream.runAs({ kind: 'chain', answer: () => ['A whole answer'] });
      await chat.regenerate();
      expect([chat.status, chat.messages.map(textOf)]).toEqual(['ready', ['Hi', 'A whole answer']]);
      expect(contents((await list()).data)).toEqual(['Hi', 'A whole answer']);
      expect(contents((await list('?superseded=true')).data)).toEqual(['Hi', 'one ', 'Hi', 'A whole answer']);
      gate.open();
    });
  });
});
