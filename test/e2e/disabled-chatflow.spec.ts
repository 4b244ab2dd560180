import { newId } from '../../src/platform/ids.js';
import type { Asking } from '../support/dialects/stream-routes.js';
import { requestOf, STREAM_ROUTES } from '../support/dialects/stream-routes.js';
import type { TestUser } from '../support/test-server.js';
import { TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';

const SAID = 'This chatflow is disabled: nothing can be asked of it for now.';
const CREDITS = 100;
/** Those that ask, and their neighbours that answer as a whole. */
const ASKING = [
  ...STREAM_ROUTES.filter(({ follow }) => follow === undefined).map((route) => ({
    name: route.name,
    of: (asking: Asking) => requestOf(route, asking),
  })),
  ...(
    [
      ['/predict', { chatflow_id: 'flow', question: 'Hi' }],
      ['/api/v1/prediction/flow', { question: 'Hi' }],
      ['/v1/chat/completions', { model: 'flow', messages: [{ role: 'user', content: 'Hi' }] }],
      ['/v1/responses', { model: 'flow', input: 'Hi' }],
      ['/api/v2/answer', { question: 'Hi', bucketIds: [], threadId: 'thread' }],
      ['/api/v2/answer/context', { question: 'Hi', bucketIds: [], threadId: 'thread' }],
      ['/sessions', { chatflowId: 'flow' }],
    ] as const
  ).map(([path, body]) => ({
    name: `POST ${path} as a whole`,
    of: ({ token }: Asking) => ({ path, method: 'POST', token, body }),
  })),
];

describe('a disabled chatflow', () => {
  let world: TurnWorld;
  let user: TestUser;
  beforeAll(async () => {
    world = await TurnWorld.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser({ credits: CREDITS });
    world.upstream.runAs({ kind: 'chain', answer: () => ['Hello'] });
    await world.putChatflow('flow');
  });

  const disable = (changes: object = {}) => world.putChatflow('flow', { disabled: true, ...changes });
  const as = ({ token }: TestUser = user) => ({ authorization: `Bearer ${token}` });
  const get = (path: string, who = user) => world.server.request.get(path).set(as(who));
  const post = (path: string, body: object, who = user) =>
    world.server.request.post(path).set(as(who)).send(body);
  const balance = () => world.server.read('/accounting/balance', user.token);
  const predict = (body: object = {}, who = user) =>
    post('/predict', { chatflow_id: 'flow', question: 'Hi', ...body }, who);
  const refused = { status: 403, code: 'chatflow_disabled' };

  it.each(ASKING.map((route) => [route.name, route] as const))(
    'refuses %s by a code of its own, and holds nothing',
    async (_, route) => {
      await disable();
      const runs = world.upstream.requests.length;
      const { path, ...request } = route.of({ ...world.setupOf(user), sessionId: newId() });
      const answer = await world.server.stream(path, request);
      const text = await answer.text();
      expect(answer.status).toBe(403);
      expect(text).toContain(SAID);
      // Where the body is a sentence for people, the code is in a header.
      expect(answer.headers['x-error-code'] ?? (JSON.parse(text) as { code: string }).code).toBe(
        'chatflow_disabled',
      );
      expect(await balance()).toEqual({ available: CREDITS, held: 0 });
      // The sign-up grant alone.
      expect((await get('/accounting/transactions?limit=10')).body.data).toHaveLength(1);
      expect((await get('/sessions')).body.data).toEqual([]);
      expect(world.upstream.requests).toHaveLength(runs);
    },
  );

  it('is to whoever may not use it what it was before, and refuses admins, too', async () => {
    const other = await world.server.registerUser();
    await disable({ access: { users: [user.userId] } });
    expect((await predict({}, other)).body).toMatchObject({ code: 'chatflow_access_denied' });
    expect((await get('/chatflows/flow', other)).body).toMatchObject({ code: 'chatflow_access_denied' });
    expect((await predict()).body).toMatchObject(refused);
    expect((await predict({}, await world.server.admin())).body).toMatchObject(refused);
  });

  it('is told to nobody by their turns who may not use it any more', async () => {
    const { turnId } = await world.askWhole({ user });
    const other = await world.server.registerUser();
    const input = () => post(`/turns/${turnId}/input`, { action: 'proceed' });
    await disable({ access: { users: [other.userId] } });
    expect((await input()).body).toMatchObject({ code: 'conflict' });
    await disable({ access: { users: [user.userId] } });
    expect((await input()).body).toMatchObject(refused);
  });

  it('says so rather than what became of its upstream', async () => {
    await disable({ provider: 'storm', upstream: {} });
    expect((await predict()).body).toMatchObject(refused);
  });

  it('is marked where chatflows are listed, and no model', async () => {
    const listed = async () => {
      const data = (await get('/chatflows')).body.data as { id: string; disabled: boolean }[];
      return data.find(({ id }) => id === 'flow')?.disabled;
    };
    const models = async () => {
      const { body } = await get('/v1/models').expect(200);
      return (body.data as { id: string }[]).map(({ id }) => id);
    };
    expect([await listed(), await models()]).toEqual([false, expect.arrayContaining(['flow'])]);
    await disable();
    expect([await listed(), await models()]).toEqual([true, expect.not.arrayContaining(['flow'])]);
    expect((await get('/chatflows/flow')).body).toMatchObject({ disabled: true });
    expect((await get('/v1/models/flow')).body).toMatchObject(refused);
    await world.putChatflow('flow', { disabled: null });
    expect([await listed(), (await predict()).status]).toEqual([false, 200]);
  });

  it('leaves what was said to be read, and answered retries their answer', async () => {
    const key = newId();
    const sessionId = newId();
    const first = await world.askWhole({ user, key, sessionId });
    await disable();
    expect(await world.askWhole({ user, key, sessionId })).toEqual(first);
    const stored = await world.server.stream(`/turns/${first.turnId}/stream`, { token: user.token });
    expect(await stored.text()).toContain('Hello');
    const { data } = await world.server.read(`/sessions/${sessionId}/messages`, user.token);
    expect(data).toHaveLength(2);
    expect((await world.server.read('/sessions', user.token)).data).toHaveLength(1);
    await get(`/sessions/${sessionId}/export`).expect(200);
    expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
    // It may be gone on with in no way: in the session, by other words for a question, or by a new answer.
    for (const going of [{}, { parentId: 'root' }])
      expect((await predict({ sessionId, ...going })).body).toMatchObject(refused);
    const messages = [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'Hi' }] }];
    const regeneration = { id: sessionId, chatflowId: 'flow', messages, trigger: 'regenerate-message' };
    expect((await post('/api/chat', regeneration)).headers['x-error-code']).toBe('chatflow_disabled');
    expect((await world.deleteSession(sessionId, user))[0]).toBe(204);
  });

  it('takes no files', async () => {
    const send = () =>
      world.server.request
        .post('/attachments?chatflowId=flow')
        .set(as())
        .attach('file', Buffer.from('text'), 'a.txt');
    await send().expect(201);
    await disable();
    expect((await send()).body).toMatchObject(refused);
  });

  it('refuses those who wait for a place of it, as soon as it is', async () => {
    const gate = new Gate();
    const concurrency = { turns: 1, queue: 5, waitSeconds: 600 };
    world.upstream.runAs({ kind: 'chain', gate, answer: () => ['Hel', 'lo'] });
    await world.putChatflow('flow', { concurrency });
    const running = await world.ask({ user });
    const waiting = Array.from({ length: 3 }, () => predict().then(({ body }) => body as object));
    await until(async () => {
      const { text } = await world.server.request.get('/metrics').expect(200);
      return text.includes('\ntollgate_waiting_turns 3\n');
    });
    await disable({ concurrency });
    for (const body of await Promise.all(waiting)) expect(body).toMatchObject(refused);
    expect(await running.text()).toContain('access_revoked');
    expect(await balance()).toEqual({ available: CREDITS, held: 0 });
    gate.open();
  });

  it('goes on with no agent that has asked, neither in the turn nor in one of its own', async () => {
    world.upstream.runAs({ kind: 'humanInput' });
    const sessionId = newId();
    const { turnId } = await world.askWhole({ user, sessionId });
    await disable();
    const runs = world.upstream.requests.length;
    expect((await post(`/turns/${turnId}/input`, { action: 'proceed' })).body).toMatchObject(refused);
    expect((await predict({ sessionId, humanInput: { type: 'proceed' } })).body).toMatchObject(refused);
    expect(world.upstream.requests).toHaveLength(runs);
  });

  it('answers neither for another chatflow nor for titles', async () => {
    const ofFlow = () => world.upstream.requests.filter(({ flowId }) => flowId === 'flow').length;
    const known = ofFlow();
    await world.putChatflow('asked', { fallback: 'flow', title: { chatflow: 'flow' } });
    world.upstream.runAs({ kind: 'chain', failure: () => ({ kind: 'status', status: 429 }) }, 'asked');
    expect((await predict({ chatflow_id: 'asked' })).body).toMatchObject({ text: 'Hello' });
    // The answer, and the title.
    await until(() => ofFlow() === known + 2);
    await disable();
    expect((await predict({ chatflow_id: 'asked' })).body).toMatchObject({ code: 'upstream_unavailable' });
    world.upstream.runAs({ kind: 'chain', answer: () => ['Fine'] }, 'asked');
    expect((await predict({ chatflow_id: 'asked' })).body).toMatchObject({ text: 'Fine' });
    expect(ofFlow()).toBe(known + 2);
  });
});
