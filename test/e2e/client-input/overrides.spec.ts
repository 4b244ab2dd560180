import {
  startFlowiseDouble,
  type FlowiseDouble,
} from '../../support/upstream/flowise-double/flowise-double.js';
import { startTestServer, type TestServer, type TestUser } from '../../support/test-server.js';

/** The two formats that carry `overrideConfig`. */
const FORMATS = {
  predict: (chatflowId: string, body: object) => ['/predict', { chatflow_id: chatflowId, ...body }] as const,
  flowise: (chatflowId: string, body: object) => [`/api/v1/prediction/${chatflowId}`, body] as const,
};

describe.each(Object.entries(FORMATS))('overrideConfig and addresses in the %s format', (_name, request) => {
  let server: TestServer;
  let flowise: FlowiseDouble;
  let user: TestUser;

  beforeAll(async () => {
    flowise = await startFlowiseDouble();
    flowise.defineFlow('flow', { kind: 'chain' });
    server = await startTestServer({ FLOWISE_API_URL: flowise.url, FLOWISE_API_KEY: flowise.apiKey });
    await put('strict', {});
    await put('open', {
      overrides: ['temperature'],
      uploads: { types: ['image/*'], privateAddresses: true },
    });
    await put('fallen', {
      upstream: { baseUrl: 'http://127.0.0.1:1', flowId: 'flow' },
      fallback: 'strict',
      overrides: ['temperature'],
    });
    user = await server.registerUser();
  });
  afterAll(async () => {
    await server.close();
    await flowise.close();
  });

  async function put(id: string, settings: object): Promise<void> {
    const { token } = await server.admin();
    const body = {
      name: id,
      provider: 'flowise',
      upstream: { flowId: 'flow' },
      price: { credits: 1 },
      access: { public: true },
      ...settings,
    };
    const { body: stored } = await server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send(body)
      .expect(201);
    expect(stored).toMatchObject(settings);
  }
  const ask = (chatflowId: string, body: object) => {
    const [path, sent] = request(chatflowId, { question: 'Hi', ...body });
    return server.request.post(path).auth(user.token, { type: 'bearer' }).send(sent);
  };
  const last = () =>
    flowise.requests.at(-1)?.body as { overrideConfig: Record<string, unknown>; uploads?: unknown };
  const expectRefused = async (chatflowId: string, body: object, field: string) => {
    const before = flowise.requests.length;
    const { status, body: problem } = await ask(chatflowId, body);
    expect([status, problem.code, problem.errors?.[0]?.field]).toEqual([400, 'validation_failed', field]);
    expect(flowise.requests).toHaveLength(before);
  };

  it('passes vars on, and no session id of a client', async () => {
    await ask('strict', { overrideConfig: { sessionId: 'mine', vars: { a: 1, b: null } } }).expect(200);
    expect(last().overrideConfig).toEqual({ vars: { a: 1, b: null }, sessionId: expect.any(String) });
    expect(last().overrideConfig.sessionId).not.toBe('mine');
    await server.read('/sessions/mine', user.token);
  });

  it.each(['systemMessage', 'openAIApiKey', 'temperature', 'credentialId'])(
    'refuses %s by name',
    async (name) => {
      await expectRefused('strict', { overrideConfig: { [name]: 'x' } }, `overrideConfig.${name}`);
    },
  );

  it('passes on what the chatflow allows, and nothing else', async () => {
    await ask('open', { overrideConfig: { temperature: 0.5 } }).expect(200);
    expect(last().overrideConfig).toMatchObject({ temperature: 0.5 });
    await expectRefused(
      'open',
      { overrideConfig: { temperature: 0, systemMessage: 'x' } },
      'overrideConfig.systemMessage',
    );
  });

  it('names what a chatflow without a flow ignores', async () => {
    const { headers } = await ask('assistant', { overrideConfig: { vars: { a: 1 } } }).expect(200);
    expect(headers['x-ignored-options']).toBe('overrideConfig.vars');
    await expectRefused(
      'assistant',
      { overrideConfig: { systemMessage: 'x' } },
      'overrideConfig.systemMessage',
    );
  });

  it('asks no fallback that may not get what was asked', async () => {
    await ask('fallen', { overrideConfig: { vars: {} } }).expect(200);
    const before = flowise.requests.length;
    const { body } = await ask('fallen', { overrideConfig: { temperature: 0 } });
    expect(body.code).toBe('upstream_unavailable');
    expect(flowise.requests).toHaveLength(before);
  });

  const url = (data: string) => ({ uploads: [{ type: 'url', name: 'a.png', mime: 'image/png', data }] });
  it.each([
    'http://169.254.169.254/latest',
    'http://2130706433/',
    'http://[::ffff:10.0.0.1]/',
    'http://localhost/',
    'file:///etc/passwd',
  ])('refuses the address %s', (address) => expectRefused('strict', url(address), 'uploads.0'));

  it('refuses names with a path', async () => {
    const upload = {
      type: 'file',
      name: '../../etc/passwd',
      mime: 'image/png',
      data: 'data:image/png;base64,AA==',
    };
    await expectRefused('strict', { uploads: [upload] }, 'uploads.0');
  });

  it('passes on addresses where the chatflow allows them, of the types that it allows', async () => {
    await ask('open', url('http://10.0.0.1/a.png')).expect(200);
    expect(last().uploads).toMatchObject([{ type: 'url', data: 'http://10.0.0.1/a.png' }]);
    const pdf = { name: 'a.pdf', mime: 'application/pdf', data: 'data:application/pdf;base64,AA==' };
    await expectRefused('open', { uploads: [pdf] }, 'uploads.0');
  });
});

describe('the settings of a chatflow', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startTestServer()));
  afterAll(() => server.close());

  it.each([
    { overrides: ['sessionId'] },
    { overrides: ['a.b'] },
    { overrides: ['__proto__'] },
    { overrides: 'vars' },
    { uploads: { types: ['image'] } },
    { uploads: { sizes: 1 } },
    { uploads: [] },
  ])('refuse %j', async (settings) => {
    const { token } = await server.admin();
    await server.request
      .put('/chatflows/x')
      .auth(token, { type: 'bearer' })
      .send({ name: 'x', provider: 'flowise', price: { credits: 1 }, access: { public: true }, ...settings })
      .expect(400);
  });
});
