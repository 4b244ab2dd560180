import {
  startFlowiseDouble,
  type FlowiseDouble,
} from '../../support/upstream/flowise-double/flowise-double.js';
import { startTestServer, type TestServer, type TestUser } from '../../support/test-server.js';

describe('a flow’s question in the Flowise format', () => {
  let server: TestServer;
  let flowise: FlowiseDouble;
  let user: TestUser;
  let sessions = 0;

  beforeAll(async () => {
    flowise = await startFlowiseDouble();
    flowise.defineFlow('agent', { kind: 'humanInput' });
    flowise.defineFlow('broken', {
      kind: 'humanInput',
      failure: ({ humanInput }) =>
        humanInput === undefined ? undefined : { kind: 'error', message: 'no', afterTokens: 1 },
    });
    let refusals = 1;
    flowise.defineFlow('busy', {
      kind: 'humanInput',
      failure: ({ humanInput }) =>
        humanInput !== undefined && refusals-- > 0 ? { kind: 'status', status: 429 } : undefined,
    });
    server = await startTestServer({ TURNS_PER_MINUTE: '1000', UPSTREAM_RETRIES: '0' });
    for (const id of ['agent', 'other', 'broken', 'busy']) await put(id, id === 'other' ? 'agent' : id);
    user = await server.registerUser({ credits: 1000 });
  });
  afterAll(async () => {
    await server.close();
    await flowise.close();
  });

  async function put(id: string, flowId: string): Promise<void> {
    const { token } = await server.admin();
    const body = {
      name: id,
      provider: 'flowise',
      price: { credits: 1 },
      access: { public: true },
      fallback: 'assistant',
    };
    await server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({ ...body, upstream: { flowId, baseUrl: flowise.url } })
      .expect(201);
  }
  const post = (chatflow: string, body: object, { token } = user) =>
    server.request.post(`/api/v1/prediction/${chatflow}`).auth(token, { type: 'bearer' }).send(body);
  const available = async () => Number((await server.read('/accounting/balance', user.token)).available);
  const newSession = () => `session-${++sessions}`;
  const ACTION = {
    id: expect.any(String),
    prompt: expect.any(String),
    mapping: { approve: 'Proceed', reject: 'Reject' },
    elements: [
      { type: 'agentflowv2-approve-button', label: 'Proceed' },
      { type: 'agentflowv2-reject-button', label: 'Reject' },
    ],
    data: { nodeId: 'agentAgentflow_0', nodeLabel: 'Agent' },
  };

  it('shows in whole answers with all its fields, and none of the flow’s insides', async () => {
    const { body } = await post('agent', { question: '6*7?', chatId: newSession() }).expect(200);
    expect(body.action).toMatchObject(ACTION);
    const { body: predicted } = await server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send({ chatflow_id: 'agent', question: '6*7?' })
      .expect(200);
    expect(predicted.action).toMatchObject(ACTION);
    expect(JSON.stringify([body, predicted])).not.toContain('secret');
  });

  it.each([
    ['proceed', ['calculator']],
    ['reject', []],
  ])('%s: the run that has asked goes on, in a turn of its own', async (type, tools) => {
    const chatId = newSession();
    const asked = await post('agent', { question: '6*7?', chatId }).expect(200);
    const before = await available();
    const humanInput = { type, startNodeId: asked.body.action.data.nodeId, feedback: 'as you like' };
    const { body } = await post('agent', {
      question: '',
      overrideConfig: { sessionId: chatId },
      humanInput,
    }).expect(200);
    const [question, answer] = flowise.requests.slice(-2).map((request) => request.body);
    expect(answer).toMatchObject({
      chatId: question?.chatId,
      overrideConfig: { sessionId: (question?.overrideConfig as { sessionId: string }).sessionId },
      humanInput: { type, startNodeId: 'agentAgentflow_0', feedback: 'as you like' },
    });
    expect(flowise.runs.at(-1)?.tools.map(({ tool }) => tool)).toEqual(tools);
    expect(body).toMatchObject({ chatId, question: 'as you like', text: expect.stringMatching(/./) });
    expect(before - (await available())).toBe(1);
    const { data } = await server.read(`/sessions/${chatId}/messages`, user.token);
    expect((data as { content: string }[])[2]).toMatchObject({ role: 'user', content: 'as you like' });
    // It is answered now.
    await post('agent', { chatId, humanInput: { type } }).expect(409);
  });

  it('is answered in predict, too', async () => {
    const predict = (body: object) =>
      server.request
        .post('/predict')
        .auth(user.token, { type: 'bearer' })
        .send({ chatflow_id: 'agent', ...body });
    const { body: asked } = await predict({ question: '6*7?' }).expect(200);
    const reply = { question: 'Go on', sessionId: asked.sessionId, humanInput: { type: 'proceed' } };
    const { body: answered } = await predict(reply).expect(200);
    expect(answered).toMatchObject({
      sessionId: asked.sessionId,
      charged: 1,
      text: expect.stringMatching(/./),
    });
    expect(flowise.runs.at(-1)?.tools.map(({ tool }) => tool)).toEqual(['calculator']);
    expect((await predict(reply).expect(409)).body.code).toBe('conflict');
    expect((await predict({ ...reply, humanInput: { type: 'perhaps' } }).expect(400)).body.code).toBe(
      'validation_failed',
    );
  });

  it('streams too', async () => {
    const chatId = newSession();
    await post('agent', { question: '6*7?', chatId }).expect(200);
    const stream = await server.stream('/api/v1/prediction/agent', {
      token: user.token,
      body: { chatId, streaming: true, humanInput: { type: 'proceed' } },
    });
    const names = (await stream.events()).map(({ json }) => (json as { event: string }).event);
    expect(names).toEqual(expect.arrayContaining(['start', 'token', 'usedTools', 'metadata', 'end']));
    expect(names).not.toContain('error');
  });

  it('is 409 where nothing waits, and nothing is asked or charged', async () => {
    const before = await available();
    const calls = flowise.requests.length;
    const humanInput = { type: 'proceed' };
    const chatId = newSession();
    for (const body of [{ humanInput }, { chatId, humanInput }]) {
      expect((await post('agent', body).expect(409)).body).toMatchObject({ code: 'conflict' });
    }
    expect(await available()).toBe(before);
    expect(flowise.requests).toHaveLength(calls);
    await post('agent', { question: '6*7?', chatId }).expect(200);
    await post('other', { chatId, humanInput }).expect(409);
    await post('agent', { chatId, humanInput: { ...humanInput, startNodeId: 'another' } }).expect(409);
    await post('agent', { chatId, humanInput }, await server.registerUser()).expect(409);
    await post('agent', { chatId, humanInput: { type: 'maybe' } }).expect(400);
    expect(flowise.requests).toHaveLength(calls + 1);
    // Something else was asked meanwhile, which asks anew.
    await post('agent', { chatId, question: 'And 1+1?' }).expect(200);
    await post('agent', { chatId, humanInput }).expect(200);
  });

  it('stays open when the answer has certainly not arrived, and only then', async () => {
    for (const [flow, again] of [
      ['busy', 200],
      ['broken', 409],
    ] as const) {
      const chatId = newSession();
      await post(flow, { question: '6*7?', chatId }).expect(200);
      const { status } = await post(flow, { chatId, humanInput: { type: 'proceed' } });
      expect(status).toBeGreaterThanOrEqual(500);
      await post(flow, { chatId, humanInput: { type: 'proceed' } }).expect(again);
    }
  });
});
