import { upstream } from '../support/upstream/behaviours.js';
import { refusingUrl } from '../support/ports.js';
import { flowiseFrame } from '../support/upstream/flowise-behaviours.js';
import { startReplayServer, type ReplayServer } from '../support/upstream/replay-server.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';

interface PredictEvent {
  readonly event: string;
  readonly data: unknown;
  readonly code?: string;
  readonly turn_id?: string;
}

const token = (text: string) => flowiseFrame('token', text);
const END = flowiseFrame('end', '[DONE]');
const answers = upstream.raw(token('Hello'), END);

describe('an upstream that fails before any content', () => {
  let flowise: ReplayServer;
  let server: TestServer;
  let user: TestUser;

  const serve = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
    server = await startTestServer({
      FLOWISE_API_URL: flowise.url,
      OPENAI_BASE_URL: `${flowise.url}/v1`,
      OPENAI_MODEL: 'model-1',
      ...settings,
    });
    user = await server.registerUser();
  };
  beforeEach(async () => {
    flowise = await startReplayServer();
    await serve();
  });
  afterEach(async () => {
    await server.close();
    await flowise.close();
  });

  const put = async (id: string, settings: object = {}) => {
    const { token: admin } = await server.admin();
    await server.request
      .put(`/chatflows/${id}`)
      .auth(admin, { type: 'bearer' })
      .send({ name: id, provider: 'flowise', price: { credits: 3 }, access: { public: true }, ...settings })
      .expect(201);
  };
  const open = (chatflow_id: string, question = 'Hi') =>
    server.stream('/predict/stream/store', {
      method: 'POST',
      token: user.token,
      body: { chatflow_id, question },
    });
  const ask = async (chatflowId: string, question?: string) => {
    const events = (await (await open(chatflowId, question)).events()).map(
      ({ json }) => json as PredictEvent,
    );
    const text = events.flatMap(({ event, data }) => (event === 'token' ? [data] : [])).join('');
    return {
      events,
      text,
      turnId: String(events[0]?.turn_id),
      error: events.find(({ event }) => event === 'error'),
    };
  };
  const posts = () => flowise.requests.filter(({ method }) => method === 'POST');
  const metrics = async () => (await server.request.get('/metrics').expect(200)).text;

  it('is asked again, which the turn, the log and the metrics tell, and is charged once', async () => {
    await put('support');
    flowise.respondWith(upstream.status(503), upstream.status(429), answers);
    const { text, turnId } = await ask('support');
    expect(text).toBe('Hello');
    expect(posts()).toHaveLength(3);
    expect(await server.read(`/turns/${turnId}`, user.token)).toMatchObject({
      status: 'completed',
      charge: { held: 0, captured: 3 },
      streaming: { retries: 2, characters: 5, textEvents: 1, repairedEvents: 0 },
    });
    expect(await metrics()).toContain('tollgate_upstream_retries_total{provider="flowise"} 2\n');
    expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 97, held: 0 });
  });

  it('is not asked again when it refuses, nor after the first content', async () => {
    await put('support');
    flowise.respondWith(upstream.status(401));
    expect((await ask('support')).error).toMatchObject({ code: 'upstream_failed' });
    expect(posts()).toHaveLength(1);
    flowise.respondWith(upstream.raw(token('a')), answers);
    const { text, error } = await ask('support');
    expect([text, error?.code]).toEqual(['a', 'upstream_failed']);
    expect(posts()).toHaveLength(2);
    expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 100, held: 0 });
  });

  it('leaves the answer to the fallback, at the price of the chatflow that was asked', async () => {
    await put('support', { upstream: { baseUrl: await refusingUrl() }, fallback: 'assistant' });
    const { text, turnId, error } = await ask('support', 'hello');
    expect(error).toBeUndefined();
    expect(text).toMatch(/^Hello/);
    expect(await server.read(`/turns/${turnId}`, user.token)).toMatchObject({
      chatflowId: 'support',
      status: 'completed',
      charge: { captured: 3 },
      streaming: { retries: 2, fellBack: true },
    });
    expect(await metrics()).toContain('tollgate_upstream_fallbacks_total{provider="flowise"} 1\n');
  });

  describe('and may have worked', () => {
    const failed = flowiseFrame('error', 'The model has failed.');
    const used = flowiseFrame('usedTools', [{ tool: 'mail', toolInput: {}, toolOutput: 'sent' }]);
    const step = flowiseFrame('nextAgentFlow', { nodeId: 'a', nodeLabel: 'A', status: 'INPROGRESS' });

    it.each([
      ['HTTP 500', upstream.status(500), 'upstream_failed'],
      ['HTTP 504', upstream.status(504), 'upstream_failed'],
      ['a reset instead of an answer', upstream.resetBeforeHeaders(), 'upstream_unavailable'],
      ['a tool, then an error', upstream.raw(used + failed), 'upstream_failed'],
      ['an agent’s step, then an error', upstream.raw(step + failed), 'upstream_failed'],
      ['an agent’s step, then nothing', upstream.raw(step + END), 'upstream_failed'],
    ])('is neither asked again nor replaced: %s', async (_name, behaviour, code) => {
      await put('support', { fallback: 'assistant' });
      flowise.respondWith(behaviour, answers);
      const { text, error, turnId } = await ask('support', 'hello');
      expect([text, error?.code]).toEqual(['', code]);
      expect(posts()).toHaveLength(1);
      expect(await server.read(`/turns/${turnId}`, user.token)).toMatchObject({ streaming: { retries: 0 } });
      expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 100, held: 0 });
    });

    it('is replaced, but not asked again, when its answer has shown that it did nothing', async () => {
      await put('support', { fallback: 'assistant' });
      flowise.respondWith(upstream.raw(failed), answers);
      const { text, error } = await ask('support', 'hello');
      expect(error).toBeUndefined();
      expect(text).toMatch(/^Hello. /);
      expect(posts()).toHaveLength(1);
    });

    it('is asked again as a plain model, but not as one that has tools', async () => {
      const says = upstream.events(
        { choices: [{ delta: { content: 'Hi.' }, finish_reason: 'stop' }] },
        '[DONE]',
      );
      const first = [upstream.status(500), upstream.events({ error: { message: 'failed' } })];
      await put('model', { provider: 'openai' });
      flowise.respondWith(...first, says);
      expect((await ask('model')).text).toBe('Hi.');
      expect(posts()).toHaveLength(3);
      await put('agent', { provider: 'openai', upstream: { tools: true } });
      flowise.respondWith(...first, says);
      expect((await ask('agent')).error).toMatchObject({ code: 'upstream_failed' });
      expect(posts()).toHaveLength(4);
    });
  });

  it('is not passed on further than to the fallback', async () => {
    const baseUrl = await refusingUrl();
    await put('second', { upstream: { baseUrl }, fallback: 'assistant' });
    await put('first', { upstream: { baseUrl }, fallback: 'second' });
    expect((await ask('first')).error).toMatchObject({ code: 'upstream_unavailable' });
  });

  it('is left alone after ten turns, which metrics and readiness tell without being unready', async () => {
    await put('support', { fallback: 'assistant' });
    flowise.respondWith(upstream.resetBeforeHeaders());
    await Promise.all(Array.from({ length: 10 }, () => ask('support', 'hello')));
    expect(posts()).toHaveLength(10);
    expect(await metrics()).toContain('tollgate_upstream_circuit_state{upstream="flowise"} 2\n');
    const { body } = await server.request.get('/health/ready').expect(200);
    expect(body).toMatchObject({ status: 'ready', details: { upstreams: { flowise: 'open' } } });
    const { text } = await ask('support', 'hello');
    expect(text).toMatch(/^Hello/);
    expect(posts()).toHaveLength(10);
  });

  it.each([
    ['answers with HTTP 500', upstream.status(500)],
    ['never answers', upstream.hang()],
  ])(
    'is a flow that %s: the flow is left alone, and the server’s other flows are not',
    async (_name, broken) => {
      await server.close();
      await serve({ UPSTREAM_HEADERS_TIMEOUT_MS: '300', TURN_TIMEOUT_MS: '20000' });
      await put('support', { upstream: { flowId: 'broken' }, fallback: 'assistant' });
      await put('other', { upstream: { flowId: 'whole' } });
      flowise.respondWith(broken);
      await Promise.all(Array.from({ length: 10 }, () => ask('support', 'hello')));
      const { text } = await ask('support', 'hi');
      expect(text).toMatch(/^Hello/);
      // By its question: on a busy machine the time of an earlier one may be over before its request arrives.
      expect(posts().map(({ body }) => body.question)).not.toContain('hi');
      flowise.respondWith(answers);
      expect(await ask('other')).toMatchObject({ text: 'Hello', error: undefined });
      expect(await metrics()).toContain('tollgate_upstream_circuit_state{upstream="flowise"} 0\n');
    },
  );

  it('is shown to admins, and a flow that is left alone in the metrics too', async () => {
    await put('support', { upstream: { flowId: 'broken' } });
    await put('other', { upstream: { flowId: 'whole' } });
    flowise.respondWith(answers);
    await ask('other');
    flowise.respondWith(upstream.status(500));
    for (let turn = 0; turn < 10; turn += 1) await ask('support');
    const { token: admin } = await server.admin();
    const { data, ...page } = await server.read('/upstreams', admin);
    expect(page).toEqual({ has_more: false, next_cursor: null });
    const time = expect.stringMatching(/^\d{4}-.*Z$/) as unknown;
    expect(data).toEqual([
      { provider: 'flowise', upstream: 'flowise', state: 'closed', since: time, failures: 0 },
      {
        provider: 'flowise',
        upstream: 'flowise',
        chatflowId: 'support',
        state: 'open',
        since: time,
        failures: 10,
        nextProbeAt: time,
      },
    ]);
    const text = await metrics();
    expect(text).toContain('tollgate_upstream_flow_circuit_state{upstream="flowise",chatflow="support"} 2\n');
    expect(text).not.toContain('chatflow="other"');
    await server.request.get('/upstreams').auth(user.token, { type: 'bearer' }).expect(403);
    await server.request.get('/upstreams').expect(401);
  });

  it('fails several flows at once, so that it is left alone as a whole', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await put(id);
    flowise.respondWith(upstream.status(500));
    // Fewer of each than would open its own circuit.
    for (let turn = 0; turn < 5; turn += 1) for (const id of ['a', 'b', 'c']) await ask(id);
    const asked = posts().length;
    flowise.respondWith(answers);
    expect((await ask('d')).error).toMatchObject({ code: 'upstream_unavailable' });
    expect(posts()).toHaveLength(asked);
    expect(await metrics()).toContain('tollgate_upstream_circuit_state{upstream="flowise"} 2\n');
  });

  it('shows no address of a chatflow’s own server', async () => {
    await put('own', { upstream: { baseUrl: flowise.url.replace('127.0.0.1', 'localhost') } });
    flowise.respondWith(answers);
    await ask('own');
    const { body } = await server.request.get('/health/ready').expect(200);
    expect(Object.entries(body.details.upstreams)).toEqual([
      [expect.stringMatching(/^flowise#[0-9a-f]{8}$/), 'closed'],
    ]);
    expect(await metrics()).not.toContain('localhost');
  });

  it('can be stopped while it is waited for', async () => {
    await put('support');
    flowise.respondWith(upstream.status(503, { 'retry-after': '9' }));
    const stream = await open('support');
    const frames = stream[Symbol.asyncIterator]();
    const first = (await frames.next()).value?.json as PredictEvent;
    await flowise.request(0);
    const { body } = await server.request
      .post(`/turns/${first.turn_id}/stop`)
      .auth(user.token, { type: 'bearer' })
      .expect(200);
    expect(body).toMatchObject({ status: 'stopped', charged: 0 });
    expect(flowise.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('is waited for no longer than a turn may take', async () => {
    await server.close();
    await serve({ TURN_TIMEOUT_MS: '1500' });
    await put('support');
    flowise.respondWith(upstream.status(429, { 'retry-after': '9' }));
    const { error } = await ask('support');
    expect(error).toMatchObject({ code: 'upstream_timeout' });
    expect(flowise.requests).toHaveLength(1);
  });
});
