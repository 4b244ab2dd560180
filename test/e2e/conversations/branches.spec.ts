import { BranchReader } from '../../support/branch-reader.js';
import { TurnWorld } from '../../support/turn-world.js';
import { Gate } from '../../support/upstream/gate.js';
import { startModelDouble, type ModelDouble } from '../../support/upstream/model-double.js';
import { until } from '../../support/until.js';

const CREDITS = 1000;
const BROKEN = { kind: 'error', message: 'broken', afterTokens: 1 } as const;

describe('the branches of a session', () => {
  let world: TurnWorld;
  let model: ModelDouble;
  let mine: BranchReader;

  beforeAll(async () => {
    world = await TurnWorld.start();
    model = await startModelDouble();
    await world.putChatflow('model', {
      provider: 'openai',
      upstream: { baseUrl: model.baseUrl, model: 'm' },
      access: { public: true },
    });
  });
  afterAll(async () => {
    await world.close();
    await model.close();
  });
  beforeEach(async () => {
    world.upstream.runAs({ kind: 'chain' });
    mine = new BranchReader(world.server, await world.server.registerUser({ credits: CREDITS }));
  });

  const balance = () => world.server.read('/accounting/balance', mine.user.token);

  it.each(['flow', 'model'])(
    'are walked, and gone on with from each of them, with %s',
    async (chatflowId) => {
      const ask = (question: string, parentId?: string) => mine.ask(question, { chatflowId, parentId });
      const told = async (question: string, parentId?: string): Promise<string> => {
        const { text } = await ask(question, parentId);
        const messages = model.requests.at(-1)?.messages ?? [];
        return chatflowId === 'flow' ? text : messages.map(({ content }) => String(content)).join('|');
      };
      const one = await ask('one');
      const two = await ask('two', one.messageId);
      const other = await ask('another two', one.messageId);
      expect(await mine.said()).toEqual(['one', 'You said: one', 'another two', 'You said: another two']);
      const [, , question] = (await mine.page()).data;
      expect(question?.siblings).toMatchObject({ index: 2, count: 2 });
      expect(await mine.said(`branch=${question?.siblings?.previousId}`)).toEqual(
        expect.arrayContaining(['two', 'You said: two']),
      );
      // Looking has changed nothing.
      expect((await mine.page()).data[2]?.id).toBe(question?.id);

      const rememberedOn = (...said: readonly string[]) =>
        chatflowId === 'flow'
          ? `I remember: ${said.map((text) => `you said "${text}"; I said "You said: ${text}"; `).join('')}`
          : [...said.flatMap((text) => [text, `You said: ${text}`]), 'What did I say?'].join('|');
      expect(await told('What did I say?', two.messageId)).toBe(rememberedOn('one', 'two'));
      expect(await told('What did I say?', other.messageId)).toBe(rememberedOn('one', 'another two'));
      expect(await told('What did I say?', one.messageId)).toBe(rememberedOn('one'));
      const first = await ask('Hello', 'root');
      expect(await told('What did I say?')).toBe(rememberedOn('Hello'));
      expect(await balance()).toEqual({ available: CREDITS - 8, held: 0 });
      expect(await world.server.read('/sessions/main', mine.user.token)).toMatchObject({ messageCount: 4 });
      expect((await mine.page()).data[0]?.siblings).toMatchObject({ index: 2, count: 2 });
      // On to the end that was asked last, also from its beginning.
      expect((await mine.page(`branch=${one.messageId}`)).data.map(({ content }) => content)).toHaveLength(4);
      expect((await mine.page(`branch=${first.messageId}`)).data).toHaveLength(4);
    },
  );

  it('has as many siblings as were asked, in their order', async () => {
    const one = await mine.ask('one');
    const turns = [];
    for (const question of ['a', 'b', 'c']) turns.push(await mine.ask(question, { parentId: one.messageId }));
    const at = async (messageId = '') => {
      const [, , question] = (await mine.page(`branch=${messageId}`)).data;
      return { ...question?.siblings, content: question?.content };
    };
    const walk = await at(turns[2]?.messageId);
    expect(walk).toMatchObject({ content: 'c', index: 3, count: 3 });
    expect(walk).not.toHaveProperty('nextId');
    const back = await at(walk.previousId);
    expect(back).toMatchObject({ content: 'b', index: 2, count: 3 });
    expect(await at(back.nextId)).toEqual(walk);
    expect(await at(back.previousId)).toMatchObject({ content: 'a', index: 1, count: 3 });
  });

  it('are read page by page, each of its own', async () => {
    let left: string | undefined;
    for (const question of ['1', '2', '3', '4']) {
      const asked = await mine.ask(question, left === undefined ? {} : { parentId: left });
      await mine.ask(`${question} again`, { parentId: left ?? 'root' });
      left = asked.messageId;
    }
    const seen: string[] = [];
    for (let after = ''; ;) {
      const page = await mine.page(`branch=${left}&limit=3${after}`);
      seen.push(...page.data.map(({ content }) => content));
      if (page.next_cursor === null) break;
      after = `&after=${page.next_cursor}`;
    }
    expect(seen).toEqual(['1', '2', '3', '4'].flatMap((text) => [text, `You said: ${text}`]));
    const all = await mine.page('superseded=true&limit=100');
    expect(all.data).toHaveLength(16);
    const { body } = await world.server.request
      .get('/sessions/main/export')
      .auth(mine.user.token, { type: 'bearer' });
    const { messages, lastMessageId } = body as { messages: typeof all.data; lastMessageId: string };
    expect(messages.map(({ id, parentId }) => [id, parentId])).toEqual(
      all.data.map(({ id, parentId }) => [id, parentId]),
    );
    expect(lastMessageId).toBe(all.data.at(-1)?.id);
  });

  it('are what a regenerated answer makes, too', async () => {
    const one = await mine.ask('one');
    const anew = {
      id: 'main',
      chatflowId: 'flow',
      message: { role: 'user', parts: [{ type: 'text', text: 'one' }] },
    };
    const { user } = mine;
    const body = { ...anew, trigger: 'regenerate-message', messageId: one.messageId };
    const stream = await world.server.stream('/api/chat', { method: 'POST', token: user.token, body });
    expect(await stream.text()).toContain('"finish"');
    const [question] = (await mine.page()).data;
    expect(question?.siblings).toMatchObject({ index: 2, count: 2 });
    await mine.ask('behind the first answer', { parentId: one.messageId });
    expect(await mine.said()).toEqual([
      'one',
      'You said: one',
      'behind the first answer',
      'You said: behind the first answer',
    ]);
    // An answer of a branch that is not the last one is made anew there.
    const again = await world.server.stream('/api/chat', {
      method: 'POST',
      token: user.token,
      body: { ...body, messageId: (await mine.page(`branch=${question?.id}`)).data[1]?.id },
    });
    expect(await again.text()).toContain('"finish"');
    expect((await mine.page()).data[0]?.siblings).toMatchObject({ index: 3, count: 3 });
  });

  it('are made in the format of sessions, too', async () => {
    const one = await mine.ask('one');
    await mine.ask('two');
    const send = (body: object) =>
      world.server.stream('/sessions/main/messages/stream', { method: 'POST', token: mine.user.token, body });
    expect(await (await send({ content: 'another two', parentId: one.messageId })).text()).toContain('"end"');
    expect(await mine.said()).toEqual(['one', 'You said: one', 'another two', 'You said: another two']);
    expect(await (await send({ content: 'Hi', parentId: 'root' })).text()).toContain('"end"');
    expect(await mine.said()).toEqual(['Hi', 'You said: Hi']);
    const refused = await send({ content: 'Hi', parentId: 'none' });
    expect([refused.status, JSON.parse(await refused.text())]).toMatchObject([
      409,
      { code: 'parent_not_found' },
    ]);
  });

  it('show what has failed and what runs where it was asked', async () => {
    const one = await mine.ask('one');
    const two = await mine.ask('two');
    world.upstream.runAs({ kind: 'chain', failure: BROKEN });
    expect((await mine.ask('fails', { parentId: one.messageId })).status).toBe(502);
    const failed = { status: 'failed', question: 'fails', parentId: one.messageId };
    expect(await mine.said()).toEqual(['one', 'You said: one', 'two', 'You said: two']);
    expect((await mine.page()).turns).toMatchObject([failed]);
    const gate = new Gate();
    world.upstream.runAs({ kind: 'chain', gate });
    const asked = mine.ask('another two', { parentId: one.messageId });
    const runs = { status: 'running', question: 'another two', parentId: one.messageId };
    await until(async () => (await mine.page()).turns.length === 2);
    expect((await mine.page()).turns).toMatchObject([failed, runs]);
    expect(await mine.said()).toEqual(['one', 'You said: one']);
    // The branch that was left shows nothing of it but what has failed.
    expect(await mine.said(`branch=${two.messageId}`)).toHaveLength(4);
    expect((await mine.page(`branch=${two.messageId}`)).turns).toMatchObject([failed]);
    // On the second page of a branch the place is behind the last message of the first one.
    const first = await mine.page(`branch=${two.messageId}&limit=2`);
    expect(first.turns).toEqual([]);
    const second = await mine.page(`branch=${two.messageId}&limit=2&after=${first.next_cursor}`);
    expect(second.turns).toMatchObject([failed]);
    gate.open();
    expect((await asked).status).toBe(200);
    expect(await mine.said()).toEqual(['one', 'You said: one', 'another two', 'You said: another two']);
    world.upstream.runAs({ kind: 'chain', failure: BROKEN });
    await mine.ask('fails at first', { parentId: 'root' });
    const [atFirst] = (await mine.page(`branch=${two.messageId}`)).turns;
    expect(atFirst).toMatchObject({ question: 'fails at first' });
    expect(atFirst).not.toHaveProperty('parentId');
  });

  it('refuses what cannot be followed, and takes nothing for it', async () => {
    const one = await mine.ask('one');
    const [question] = (await mine.page()).data;
    const elsewhere = await mine.ask('elsewhere', { sessionId: 'elsewhere' });
    const other = new BranchReader(world.server, await world.server.registerUser());
    const theirs = await other.ask('theirs');
    const refusal = async (asked: Parameters<typeof mine.ask>[1]) => {
      const { status, code, errors } = await mine.ask('Hi', asked);
      return [status, code, ...((errors as { field: string }[] | undefined) ?? []).map(({ field }) => field)];
    };
    for (const parentId of ['none', question?.id, elsewhere.messageId, theirs.messageId])
      expect(await refusal({ parentId })).toEqual([409, 'parent_not_found']);
    expect(await refusal({ parentId: one.messageId, sessionId: null })).toEqual([409, 'parent_not_found']);
    expect(await refusal({ parentId: one.messageId, sessionId: 'new' })).toEqual([409, 'parent_not_found']);
    for (const parentId of [5, '', 'x'.repeat(65), ['root']])
      expect(await refusal({ parentId })).toEqual([400, 'validation_failed', 'parentId']);
    expect(await balance()).toEqual({ available: CREDITS - 2, held: 0 });
    expect(await mine.said()).toEqual(['one', 'You said: one']);
    expect((await mine.page()).turns).toEqual([]);
    expect(await world.server.read('/sessions', mine.user.token)).toMatchObject({
      data: [{ id: 'elsewhere' }, { id: 'main' }],
    });
    // What is absent in our own fields is absent here.
    expect((await mine.ask('two', { parentId: null })).status).toBe(200);
    expect(await mine.said()).toHaveLength(4);
    expect(await mine.statusOf('branch=none')).toEqual([404, 'not_found']);
    expect(await mine.statusOf(`branch=${theirs.messageId}`)).toEqual([404, 'not_found']);
    expect(await mine.statusOf(`branch=${elsewhere.messageId}`)).toEqual([404, 'not_found']);
    expect(await mine.statusOf(`branch=${'x'.repeat(65)}`)).toEqual([400, 'validation_failed']);
    expect(await mine.statusOf(`superseded=true&branch=${one.messageId}`)).toEqual([
      400,
      'validation_failed',
    ]);
  });

  it('is another question when it follows something else', async () => {
    const one = await mine.ask('one');
    const two = await mine.ask('two', { key: 'k', parentId: one.messageId });
    expect(await mine.ask('two', { key: 'k', parentId: one.messageId })).toMatchObject({
      turnId: two.turnId,
    });
    expect(await mine.ask('two', { key: 'k', parentId: 'root' })).toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
    });
  });

  it('are deleted with their session', async () => {
    const one = await mine.ask('one');
    await mine.ask('two');
    await mine.ask('another two', { parentId: one.messageId });
    expect((await world.deleteSession('main', mine.user))[0]).toBe(204);
    await mine.ask('one');
    expect((await mine.page('superseded=true')).data).toHaveLength(2);
    expect(await mine.ask('two', { parentId: one.messageId })).toMatchObject({ code: 'parent_not_found' });
  });
});
