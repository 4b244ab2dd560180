import { readUntilText } from '../../support/read-until.js';
import type { TestUser } from '../../support/test-server.js';
import { readWhole, TurnWorld } from '../../support/turn-world.js';
import { Gate } from '../../support/upstream/gate.js';

interface Page {
  readonly data: readonly { readonly content: string }[];
  readonly turns: readonly Record<string, unknown>[];
  readonly next_cursor: string | null;
}

describe('what a session shows while its turns run, and when they fail', () => {
  let world: TurnWorld;
  let user: TestUser;

  beforeAll(async () => (world = await TurnWorld.start()));
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain' });
  });

  const page = async (query = '') =>
    (await world.server.read(`/sessions/main/messages${query}`, user.token)) as unknown as Page;
  const sessions = async () =>
    (await world.server.read('/sessions', user.token)).data as readonly Record<string, unknown>[];
  const ask = (question: string) => world.askWhole({ user, sessionId: 'main', question });
  const fail = async (question: string) => {
    const failure = { kind: 'error', message: 'broken', afterTokens: 1 } as const;
    world.upstream.runAs({ kind: 'chain', failure });
    const { turnId } = await ask(question);
    world.upstream.runAs({ kind: 'chain' });
    return turnId;
  };

  it('shows the question of a first turn while that runs, and lists its session', async () => {
    const gate = new Gate();
    world.upstream.runAs({ kind: 'chain', gate });
    const stream = await world.ask({ user, sessionId: 'main', question: 'A first question' });
    const turnId = String(stream.headers['x-turn-id']);
    expect(await page()).toEqual({
      data: [],
      turns: [
        {
          turnId,
          status: 'running',
          chatflowId: 'flow',
          question: 'A first question',
          startedAt: expect.any(String),
        },
      ],
      has_more: false,
      next_cursor: null,
    });
    expect(await sessions()).toMatchObject([
      { id: 'main', activeTurnId: turnId, topic: 'A first question', messageCount: 0 },
    ]);
    gate.open();
    await readWhole(stream);
    const after = await page();
    expect(after.data.map(({ content }) => content)).toEqual([
      'A first question',
      'You said: A first question',
    ]);
    expect(after.turns).toEqual([]);
    const [session] = await sessions();
    expect(session).toMatchObject({ id: 'main', messageCount: 2 });
    expect(session).not.toHaveProperty('activeTurnId');
  });

  it('keeps a first turn that failed, with question, partial answer and error', async () => {
    const turnId = await fail('A first question');
    expect(await page()).toEqual({
      data: [],
      turns: [
        {
          turnId,
          status: 'failed',
          chatflowId: 'flow',
          question: 'A first question',
          partialAnswer: 'You said: ',
          error: { code: 'upstream_failed', message: expect.stringMatching(/./) },
          startedAt: expect.any(String),
          endedAt: expect.any(String),
        },
      ],
      has_more: false,
      next_cursor: null,
    });
    expect(await sessions()).toMatchObject([{ id: 'main', topic: 'A first question', messageCount: 0 }]);
    expect(await world.server.read('/sessions/main', user.token)).toMatchObject({ messageCount: 0 });
    expect((await ask('What did I say?')).text).toBe('I remember nothing.');
    expect((await page()).turns).toMatchObject([{ turnId, status: 'failed' }]);
  });

  it('shows turns that left no messages in the page where they happened, each once', async () => {
    await ask('one');
    const between = await fail('between one and two');
    await ask('two');
    const last = await fail('behind two');
    const gate = new Gate();
    world.upstream.runAs({ kind: 'chain', gate });
    const stream = await world.ask({ user, sessionId: 'main', question: 'running' });
    gate.release();
    await readUntilText(stream, 'You said: ');

    const pages: Page[] = [await page('?limit=2')];
    for (let cursor = pages[0]?.next_cursor; cursor; cursor = pages.at(-1)?.next_cursor)
      pages.push(await page(`?limit=2&after=${cursor}`));
    expect(
      pages.map(({ data, turns }) => [
        data.map(({ content }) => content),
        turns.map(({ status, question }) => `${String(status)}: ${String(question)}`),
      ]),
    ).toEqual([
      [['one', 'You said: one'], []],
      [
        ['two', 'You said: two'],
        ['failed: between one and two', 'failed: behind two', 'running: running'],
      ],
    ]);
    const whole = await page();
    expect(whole.turns.map(({ turnId }) => turnId)).toEqual([between, last, stream.headers['x-turn-id']]);
    gate.open();
  });

  it('shows a turn that was stopped before it said anything', async () => {
    world.upstream.runAs({ kind: 'chain', gate: new Gate() });
    const stream = await world.ask({ user, sessionId: 'main', question: 'Hi' });
    await world.server.request
      .post(`/turns/${String(stream.headers['x-turn-id'])}/stop`)
      .auth(user.token, { type: 'bearer' })
      .expect(200);
    expect(await page()).toMatchObject({
      data: [],
      turns: [{ status: 'stopped', question: 'Hi', error: { code: 'turn_stopped' } }],
    });
    expect(await sessions()).toMatchObject([{ id: 'main', topic: 'Hi' }]);
  });

  it('shows nobody else any of it', async () => {
    await fail('a secret');
    const other = await world.server.registerUser();
    await world.server.request
      .get('/sessions/main/messages')
      .auth(other.token, { type: 'bearer' })
      .expect(404);
    expect(await world.server.read('/sessions', other.token)).toMatchObject({ data: [] });
  });
});
