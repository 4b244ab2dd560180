import { flowise } from '../support/upstream/flowise-behaviours.js';
import { readFlowiseFixture } from '../support/upstream/flowise-fixtures.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../support/upstream/flowise-upstream.js';
import { Gate } from '../support/upstream/gate.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';

const RECORDED = ['01-conv-stream-200tokens', '07a3-toolagent-two-tool-calls', '07d-rag-source-documents'];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The text of a golden event list. */
const goldenText = (name: string): string =>
  readFlowiseFixture(name)
    .golden.events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
    .join('');

describe('the main job', () => {
  let flowiseServer: FlowiseUpstream;
  let server: TestServer;
  let user: TestUser;

  beforeAll(async () => {
    flowiseServer = await startFlowiseUpstream('flow-1');
    server = await startTestServer({
      FLOWISE_API_URL: flowiseServer.url,
      FLOWISE_API_KEY: flowiseServer.apiKey,
    });
    const { token } = await server.admin();
    await server.request
      .put('/chatflows/support')
      .auth(token, { type: 'bearer' })
      .send({
        name: 'Support',
        provider: 'flowise',
        upstream: { flowId: 'flow-1' },
        price: { credits: 3 },
        access: { public: true },
      })
      .expect(201);
  });
  afterAll(async () => {
    await server.close();
    await flowiseServer.close();
  });
  beforeEach(async () => {
    user = await server.registerUser();
  });

  const ask = async (body: Record<string, unknown>) => {
    const stream = await server.stream('/predict/stream/store', { method: 'POST', token: user.token, body });
    const events = await stream.events();
    return events.map(({ json }) => json as { event: string; data: unknown; code?: string });
  };

  it('adds a task with the assistant, streams it, stores it and charges one credit', async () => {
    const events = await ask({ chatflow_id: 'assistant', question: 'Add a task to buy milk' });
    expect(events[0]).toMatchObject({
      event: 'session_id',
      chatflow_id: 'assistant',
      status: 'streaming_started',
    });
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['calledTools', 'usedTools', 'token']),
    );
    expect(events.slice(-2).map(({ event }) => event)).toEqual(['metadata', 'end']);
    const text = events.flatMap(({ event, data }) => (event === 'token' ? [data] : [])).join('');
    const sessionId = String(events[0]?.data);

    const { data: messages } = await server.read(`/sessions/${sessionId}/messages`, user.token);
    expect(messages).toEqual([
      expect.objectContaining({ role: 'user', content: 'Add a task to buy milk', status: 'completed' }),
      expect.objectContaining({ role: 'assistant', content: text, status: 'completed' }),
    ]);
    expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 99, held: 0 });

    const list = await ask({ chatflow_id: 'assistant', question: 'What are my tasks?', sessionId });
    expect(list.flatMap(({ event, data }) => (event === 'token' ? [data] : [])).join('')).toContain(
      'buy milk',
    );
    const session = await server.read(`/sessions/${sessionId}`, user.token);
    expect(session).toMatchObject({ topic: 'Add a task to buy milk', messageCount: 4 });
  });

  it.each(RECORDED)('streams and stores the recorded Flowise answer %s', async (name) => {
    flowiseServer.respondWith(flowise.recorded(name, 7));
    const events = await ask({ chatflow_id: 'support', question: 'Hi' });
    const text = events.flatMap(({ event, data }) => (event === 'token' ? [data] : [])).join('');
    expect(text).toBe(goldenText(name));
    const metadata = events.at(-2)?.data as { sessionId: string; charged: number; messageId: string };
    expect(metadata.charged).toBe(3);
    const { data } = await server.read(`/sessions/${metadata.sessionId}/messages`, user.token);
    expect((data as { id: string; content: string }[])[1]).toMatchObject({
      id: metadata.messageId,
      content: text,
    });
    expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 97, held: 0 });
  });

  it('answers the same without streaming', async () => {
    flowiseServer.respondWith(flowise.recorded('07a3-toolagent-two-tool-calls'));
    const { body } = await server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send({ chatflow_id: 'support', question: 'Compute' })
      .expect(200);
    expect(body).toMatchObject({ text: goldenText('07a3-toolagent-two-tool-calls'), charged: 3 });
    expect(body.usedTools).toHaveLength(2);
  });

  it('shows the client the first token before the upstream has sent the second', async () => {
    const gate = new Gate();
    flowiseServer.respondWith(flowise.gated(gate, 'first', 'second'));
    const stream = await server.stream('/predict/stream/store', {
      method: 'POST',
      token: user.token,
      body: { chatflow_id: 'support', question: 'Hi' },
    });
    const seen: unknown[] = [];
    gate.release();
    for await (const { json } of stream) {
      const event = json as { event: string; data: unknown } | undefined;
      if (event?.event !== 'token') continue;
      seen.push(event.data);
      // The upstream waits for this; with a buffer anywhere on the way the test would hang.
      gate.open();
    }
    expect(seen).toEqual(['first', 'second']);
  });

  it('passes history, overrides and uploads on, with a memory that no client has named', async () => {
    flowiseServer.respondWith(flowise.tokens('ok'));
    const before = flowiseServer.requests.length;
    const upload = { type: 'file', name: 'a.png', data: 'data:image/png;base64,AA==', mime: 'image/png' };
    await ask({
      chatflow_id: 'support',
      question: 'Look',
      sessionId: 'my-session',
      history: [{ role: 'userMessage', content: 'before' }],
      overrideConfig: { sessionId: 'not-mine', vars: { a: 1 } },
      uploads: [upload],
    });
    const { body, headers, flowId } = await flowiseServer.request(before);
    expect(flowId).toBe('flow-1');
    expect(headers.authorization).toBe(`Bearer ${flowiseServer.apiKey}`);
    expect(body).toMatchObject({
      question: 'Look',
      streaming: true,
      history: [{ role: 'userMessage', content: 'before' }],
      overrideConfig: { sessionId: expect.stringMatching(UUID), vars: { a: 1 } },
      uploads: [upload],
    });
    expect(body.chatId).toMatch(UUID);
    expect(JSON.stringify(body)).not.toMatch(/my-session|not-mine/);
  });

  it.each([
    ['agentflow2', true],
    ['chain', false],
  ] as const)('stops a turn with proof, of a flow that is a %s: %s', async (kind, upstreamAcknowledged) => {
    const gate = new Gate();
    flowiseServer.runAs({ kind, gate, answer: () => ['some words', ' and more'] });
    const stream = await server.stream('/predict/stream/store', {
      method: 'POST',
      token: user.token,
      body: { chatflow_id: 'support', question: 'Hi' },
    });
    const events: { event: string; code?: string }[] = [];
    gate.release();
    for await (const { json } of stream) {
      const event = json as { event: string; turn_id?: string } | undefined;
      if (event === undefined) continue;
      events.push(event);
      if (event.event !== 'token') continue;
      const { turn_id: turnId } = events[0] as { turn_id?: string };
      const { body } = await server.request
        .post(`/turns/${turnId}/stop`)
        .auth(user.token, { type: 'bearer' });
      expect(body).toEqual({
        turnId,
        status: 'stopped',
        charged: 3,
        keptCharacters: 10,
        upstreamAcknowledged,
      });
    }
    expect(events.slice(-2)).toEqual([
      expect.objectContaining({ event: 'error', code: 'turn_stopped' }),
      expect.objectContaining({ event: 'end' }),
    ]);
    gate.open();
    await flowiseServer.whenIdle();
    expect(flowiseServer.runs.at(-1)?.state).toBe(kind === 'chain' ? 'ended' : 'aborted');
  });
});
