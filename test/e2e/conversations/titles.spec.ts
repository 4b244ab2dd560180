import { TurnWorld } from '../../support/turn-world.js';
import type { TestUser } from '../../support/test-server.js';
import { Gate } from '../../support/upstream/gate.js';
import { startModelDouble } from '../../support/upstream/model-double.js';
import { until } from '../../support/until.js';

const CREDITS = 100;
const PROMPT = 'Name this.';
const BROKEN = { kind: 'error', message: 'broken', afterTokens: 1 } as const;

describe('titles of sessions', () => {
  let world: TurnWorld;
  let user: TestUser;

  beforeAll(async () => {
    world = await TurnWorld.start();
    await world.putChatflow('titles', { price: { credits: 50 }, access: { users: [] } });
    await world.putChatflow('named', { title: { chatflow: 'titles', prompt: PROMPT } });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser({ credits: CREDITS });
    world.upstream.runAs({ kind: 'chain', answer: () => ['An answer'] });
    world.upstream.runAs({ kind: 'chain', answer: () => ['**A ti', 'tle**\n'] }, 'titles');
  });

  const ask = (question: string, sessionId = 'main') =>
    world.askWhole({ user, chatflowId: 'named', question, sessionId });
  const topic = async () => (await world.server.read('/sessions/main', user.token)).topic;
  const asked = () => world.upstream.requests.filter(({ flowId }) => flowId === 'titles');
  const forgotten = () => world.upstream.deletions.filter(({ flowId }) => flowId === 'titles').length;
  const balance = () => world.server.read('/accounting/balance', user.token);

  it('are made once, of the first turn, for nothing, and the upstream remembers nothing of it', async () => {
    const [before, deletions] = [asked().length, forgotten()];
    await ask('A question');
    await until(async () => (await topic()) === 'A title');
    const request = asked().at(-1);
    expect(request?.body).toMatchObject({
      question: `${PROMPT}\n\nUser: A question\n\nAssistant: An answer`,
    });
    expect(request?.body).not.toHaveProperty('history');
    await until(() => forgotten() === deletions + 1);
    const { sessionId } = request?.body.overrideConfig as { sessionId: string };
    expect(world.upstream.memoryOf('titles', sessionId)).toEqual([]);
    await ask('Another question');
    expect(await world.server.read('/sessions', user.token)).toMatchObject({ data: [{ topic: 'A title' }] });
    expect(asked()).toHaveLength(before + 1);
    expect(await balance()).toEqual({ available: CREDITS - 2, held: 0 });
  });

  it('come behind the end of the turn, which does not wait for them', async () => {
    const gate = new Gate();
    world.upstream.runAs({ kind: 'chain', gate, answer: () => ['Late'] }, 'titles');
    expect((await ask('A question')).metadata?.charged).toBe(1);
    expect(await topic()).toBe('A question');
    await ask('Another question');
    gate.open();
    await until(async () => (await topic()) === 'Late');
  });

  it('never take the place of a name that somebody has given', async () => {
    const gate = new Gate();
    const deletions = forgotten();
    world.upstream.runAs({ kind: 'chain', gate, answer: () => ['Late'] }, 'titles');
    await ask('A question');
    const named = { topic: 'A question' };
    await world.server.request.patch('/sessions/main').auth(user.token, { type: 'bearer' }).send(named);
    gate.open();
    await until(() => forgotten() === deletions + 1);
    // What is forgotten was read to its end; a session that nobody has renamed gets its title behind it.
    await ask('A question', 'other');
    await until(async () => (await world.server.read('/sessions/other', user.token)).topic === 'Late');
    expect(await topic()).toBe('A question');
  });

  it('leave the first words when they fail, or say nothing', async () => {
    for (const [sessionId, flow] of [
      ['main', { kind: 'chain', failure: BROKEN }],
      ['silent', { kind: 'chain', answer: () => ['"…"'] }],
      ['long', { kind: 'chain', answer: () => ['word '.repeat(500)] }],
    ] as const) {
      const deletions = forgotten();
      world.upstream.runAs(flow, 'titles');
      expect((await ask('A question', sessionId)).metadata?.charged).toBe(1);
      await until(() => forgotten() > deletions);
      expect(await world.server.read(`/sessions/${sessionId}`, user.token)).toMatchObject({
        topic: 'A question',
      });
    }
    expect(await balance()).toEqual({ available: CREDITS - 3, held: 0 });
  });

  it('wait for a turn that completes', async () => {
    const before = asked().length;
    world.upstream.runAs({ kind: 'chain', failure: BROKEN }, 'named');
    await ask('Fails');
    expect(await topic()).toBe('Fails');
    world.upstream.runAs({ kind: 'chain', answer: () => ['An answer'] }, 'named');
    await ask('Completes');
    await until(async () => (await topic()) === 'A title');
    expect(asked()).toHaveLength(before + 1);
  });

  it('are made by models, too', async () => {
    const model = await startModelDouble();
    const upstream = { baseUrl: model.baseUrl, model: 'm' };
    await world.putChatflow('model', { provider: 'openai', upstream, title: { chatflow: 'model' } });
    await world.askWhole({ user, chatflowId: 'model', question: 'Hi', sessionId: 'main' });
    await until(async () => String(await topic()).startsWith('You said: Write a title'));
    expect(String(await topic()).length).toBeLessThanOrEqual(81);
    expect(model.requests.at(-1)?.messages).toHaveLength(1);
    await model.close();
  });

  it('can be had of nobody who would do something else, and only admins see of whom', async () => {
    const { token } = await world.server.admin();
    const put = async (id: string, members: object) => {
      const { status, body } = await world.server.request
        .put(`/chatflows/${id}`)
        .auth(token, { type: 'bearer' })
        .send({
          name: id,
          provider: 'flowise',
          upstream: { flowId: 'flow' },
          price: { credits: 1 },
          access: { public: true },
          ...members,
        });
      const { errors = [] } = body as { errors?: { field: string }[] };
      return [status, ...errors.map(({ field }) => field)];
    };
    const openai = { provider: 'openai', upstream: { model: 'm', tools: true } };
    expect(await put('tools', openai)).toEqual([201]);
    for (const chatflow of ['none', 'assistant', 'tools'])
      expect(await put('x', { title: { chatflow } })).toEqual([400, 'title.chatflow']);
    expect(await put('x', { ...openai, title: { chatflow: 'x' } })).toEqual([400, 'title.chatflow']);
    for (const prompt of ['', ' ', 'x'.repeat(2001)])
      expect((await put('x', { title: { chatflow: 'titles', prompt } }))[0]).toBe(400);
    expect(await put('x', { title: {} })).toContain('title.chatflow');
    expect(await put('x', { title: { chatflow: 'x' } })).toEqual([201]);
    expect(await world.server.read('/chatflows/x', token)).toMatchObject({ title: { chatflow: 'x' } });
    expect(await world.server.read('/chatflows/x', user.token)).not.toHaveProperty('title');
    // Whoever makes them can be changed into somebody who must not.
    expect(await put('titles-2', {})).toEqual([201]);
    expect(await put('named-2', { title: { chatflow: 'titles-2' } })).toEqual([201]);
    expect(await put('titles-2', { provider: 'assistant', upstream: {} })).toEqual([200]);
    await world.askWhole({ user, chatflowId: 'named-2', question: 'Add a task', sessionId: 'main' });
    await ask('A question', 'other');
    await until(async () => (await world.server.read('/sessions/other', user.token)).topic === 'A title');
    expect(await topic()).toBe('Add a task');
  });

  it('do not keep a server from ending', async () => {
    const own = await TurnWorld.start();
    await own.putChatflow('named', { title: { chatflow: 'flow' } });
    own.upstream.runAs({ kind: 'chain', gate: new Gate(), answer: () => ['Never'] }, 'flow');
    await own.askWhole({ chatflowId: 'named' });
    await until(() => own.upstream.requests.some(({ flowId }) => flowId === 'flow'));
    await own.close();
  });
});
