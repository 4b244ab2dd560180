import OpenAI from 'openai';
import { newOpenAi } from '../../support/dialects/openai-clients.js';
import { upstream } from '../../support/upstream/behaviours.js';
import { startReplayServer, type ReplayServer } from '../../support/upstream/replay-server.js';
import { startTestServer, type TestServer, type TestUser } from '../../support/test-server.js';
import { refusalIn } from '../../support/refusal.js';

const TOOL = {
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const TOOLS = [{ type: 'function' as const, function: TOOL }];
const FORMAT = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'city',
    strict: true,
    schema: { type: 'object', properties: { name: { type: 'string' } } },
  },
};
const ASK = [{ role: 'user' as const, content: 'How is Rome?' }];

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'c',
  choices: [{ index: 0, delta, finish_reason }],
});
const says = (text: string) => upstream.events(chunk({ content: text }), chunk({}, 'stop'), '[DONE]');
/** As OpenAI sends it: two calls at once, their arguments piece by piece. */
const callsTools = (finish = 'tool_calls') =>
  upstream.events(
    chunk({
      role: 'assistant',
      tool_calls: [
        { index: 0, id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } },
      ],
    }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '"Rome"}' } }] }),
    chunk({
      tool_calls: [
        {
          index: 1,
          id: 'call_b',
          type: 'function',
          function: { name: 'weather', arguments: '{"city":"Oslo"}' },
        },
      ],
    }),
    chunk({}, finish),
    '[DONE]',
  );

describe('what clients may decide about an answer', () => {
  let server: TestServer;
  let models: ReplayServer;
  let user: TestUser;
  let client: OpenAI;

  beforeAll(async () => {
    server = await startTestServer({ TURNS_PER_MINUTE: '1000', UPSTREAM_RETRIES: '0' });
    user = await server.registerUser({ credits: 1000 });
    client = newOpenAi({ url: server.url, token: user.token });
  });
  beforeEach(async () => {
    models = await startReplayServer();
    models.respondWith(says('Sunny.'));
    const clientOptions = [
      'tools',
      'tool_choice',
      'response_format',
      'temperature',
      'max_tokens',
      'stop',
      'seed',
      'system',
    ];
    await put('open', { clientOptions });
    await put('strict', {});
    await put('own-tools', {
      clientOptions,
      upstream: { baseUrl: `${models.url}/v1`, model: 'm', tools: true },
    });
  });
  afterEach(() => models.close());
  afterAll(() => server.close());

  async function put(id: string, settings: object): Promise<void> {
    const { token } = await server.admin();
    const upstreamTarget = { baseUrl: `${models.url}/v1`, model: 'm' };
    const body = {
      name: id,
      provider: 'openai',
      upstream: upstreamTarget,
      price: { credits: 1 },
      access: { public: true },
      ...settings,
    };
    const { status, body: stored } = await server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send(body);
    expect([200, 201]).toContain(status);
    expect(stored).toMatchObject(settings);
  }
  const sent = (index = -1) => models.requests.at(index)?.body as Record<string, unknown>;
  const available = async () => Number((await server.read('/accounting/balance', user.token)).available);
  const post = (path: string, body: object) =>
    server.request.post(path).auth(user.token, { type: 'bearer' }).send(body);

  it('passes on what the chatflow allows', async () => {
    const options = { temperature: 0, max_tokens: 5, stop: ['x'], seed: 7 };
    const { response } = await client.chat.completions
      .create({ model: 'open', messages: [{ role: 'developer', content: 'Be brief.' }, ...ASK], ...options })
      .withResponse();
    expect(sent()).toMatchObject({
      ...options,
      model: 'm',
      messages: [{ role: 'system', content: 'Be brief.' }, ...ASK],
    });
    expect(response.headers.get('x-ignored-options')).toBeNull();
  });

  it('ignores what does no harm, and says so', async () => {
    const { response } = await client.chat.completions
      .create({
        model: 'strict',
        messages: [{ role: 'system', content: 'Be brief.' }, ...ASK],
        temperature: 0,
        seed: 7,
        user: 'u',
        store: false,
        metadata: { a: 'b' },
        n: 1,
        response_format: { type: 'text' },
        tool_choice: 'auto',
      })
      .withResponse();
    expect(response.headers.get('x-ignored-options')).toBe(
      'temperature, seed, user, store, metadata, system',
    );
    expect(sent()).toEqual({
      model: 'm',
      messages: ASK,
      stream: true,
      stream_options: { include_usage: true },
    });
    const { headers } = await post('/v1/responses', {
      model: 'strict',
      input: 'Hi',
      instructions: 'x',
      temperature: 0,
      text: { format: { type: 'text' }, verbosity: 'low' },
    });
    expect(headers['x-ignored-options']).toBe('instructions, temperature, text.verbosity');
  });

  const REFUSED: readonly (readonly [string, string, object, string])[] = [
    ['tools', '/v1/chat/completions', { messages: ASK, tools: TOOLS }, 'tools'],
    ['a demanded tool', '/v1/chat/completions', { messages: ASK, tool_choice: 'required' }, 'tool_choice'],
    ['functions', '/v1/chat/completions', { messages: ASK, functions: [TOOL] }, 'functions'],
    ['a format', '/v1/chat/completions', { messages: ASK, response_format: FORMAT }, 'response_format'],
    ['several answers', '/v1/chat/completions', { messages: ASK, n: 2 }, 'n'],
    ['sound', '/v1/chat/completions', { messages: ASK, modalities: ['text', 'audio'] }, 'modalities'],
    [
      'a result',
      '/v1/chat/completions',
      { messages: [...ASK, { role: 'tool', tool_call_id: 'a', content: 'x' }] },
      'messages.1.role',
    ],
    ['tools of Responses', '/v1/responses', { input: 'Hi', tools: [{ type: 'function', ...TOOL }] }, 'tools'],
    [
      'a demanded tool of Responses',
      '/v1/responses',
      { input: 'Hi', tool_choice: { type: 'function', name: 'weather' } },
      'tool_choice',
    ],
    [
      'a format of Responses',
      '/v1/responses',
      { input: 'Hi', text: { format: { type: 'json_object' } } },
      'text.format',
    ],
    [
      'a result of Responses',
      '/v1/responses',
      { input: [{ type: 'function_call_output', call_id: 'a', output: 'x' }] },
      'input.0.role',
    ],
    ['work in the background', '/v1/responses', { input: 'Hi', background: true }, 'background'],
    ['tools of the front end', '/agui/', { threadId: 't', tools: [TOOL], messages: ASK }, 'tools'],
  ];
  it.each(REFUSED)(
    'refuses %s by name where the chatflow does not allow it',
    async (_what, path, body, param) => {
      const before = await available();
      for (const model of ['strict', 'assistant']) {
        const answer = await post(path.endsWith('/') ? path + model : path, { model, ...body });
        expect(refusalIn(answer)).toEqual({
          status: 400,
          code: 'unsupported_parameter',
          told: expect.stringContaining(param),
        });
        if (path.startsWith('/v1')) {
          expect(answer.body.error).toMatchObject({
            type: 'invalid_request_error',
            code: 'unsupported_parameter',
            param,
          });
        }
      }
      expect(models.requests).toHaveLength(0);
      expect(await available()).toBe(before);
    },
  );

  it('never passes on several answers, tools of other kinds, or tools beside the chatflow’s own', async () => {
    const create = (model: string, body: object) =>
      client.chat.completions
        .create({ model, messages: ASK, ...body } as never)
        .then(undefined, (error: unknown) => error);
    expect(await create('open', { n: 2 })).toMatchObject({ status: 400, param: 'n' });
    expect(await create('open', { tools: [{ type: 'custom' }] })).toMatchObject({
      status: 400,
      param: 'tools.0.type',
    });
    expect(await create('own-tools', { tools: TOOLS })).toMatchObject({ status: 400, param: 'tools' });
  });

  it('refuses what came of a tool that nobody has called', async () => {
    const messages = [...ASK, { role: 'tool' as const, tool_call_id: 'call_x', content: 'x' }];
    const failed = client.chat.completions.create({ model: 'open', messages, tools: TOOLS });
    await expect(failed).rejects.toMatchObject({
      status: 400,
      code: 'validation_failed',
      param: 'messages.1.role',
    });
    expect(models.requests).toHaveLength(0);
  });

  it('structured answers: `.parse()` of both APIs', async () => {
    models.respondWith(says('{"name":"Rome"}'));
    const parsed = await client.chat.completions.parse({
      model: 'open',
      messages: ASK,
      response_format: FORMAT,
    });
    expect(parsed.choices[0]?.message.parsed).toEqual({ name: 'Rome' });
    expect(sent().response_format).toEqual(FORMAT);
    const { name, schema, strict } = FORMAT.json_schema;
    const response = await client.responses.parse({
      model: 'open',
      input: 'Where?',
      text: { format: { type: 'json_schema', name, schema, strict } },
    });
    expect(response.output_parsed).toEqual({ name: 'Rome' });
    expect(sent().response_format).toEqual(FORMAT);
  });

  it('hands tools to the client, whole and streamed, and goes on with what came of them', async () => {
    models.respondWith(callsTools());
    const before = await available();
    const whole = await client.chat.completions.create({
      model: 'open',
      messages: ASK,
      tools: TOOLS,
      tool_choice: 'required',
    });
    expect(sent()).toMatchObject({ tools: TOOLS, tool_choice: 'required' });
    const calls = [
      { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
      { id: 'call_b', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
    ];
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: calls },
    });
    expect(before - (await available())).toBe(1);

    models.respondWith(callsTools('stop'));
    const streamed = await client.chat.completions
      .stream({ model: 'open', messages: ASK, tools: TOOLS })
      .finalChatCompletion();
    expect(streamed.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: calls },
    });

    models.respondWith(says('Sunny.'));
    const history = [
      ...ASK,
      { role: 'assistant' as const, content: null, tool_calls: calls as never },
      { role: 'tool' as const, tool_call_id: 'call_a', content: '20 °C' },
      { role: 'tool' as const, tool_call_id: 'call_b', content: '3 °C' },
    ];
    const answer = await client.chat.completions.create({ model: 'open', messages: history, tools: TOOLS });
    expect(answer.choices[0]?.message.content).toBe('Sunny.');
    expect(sent().messages).toEqual(history);
  });

  it('runs the loop of `runTools()` unmodified', async () => {
    models.respondWith(callsTools(), says('Sunny.'));
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model: 'open',
      messages: ASK,
      tools: [
        {
          type: 'function',
          function: {
            ...TOOL,
            parse: JSON.parse,
            function: (input: { city: string }) => {
              asked.push(input);
              return '20 °C';
            },
          },
        },
      ],
    } as never);
    expect(await runner.finalContent()).toBe('Sunny.');
    expect(asked).toEqual([{ city: 'Rome' }, { city: 'Oslo' }]);
    expect(sent().messages).toMatchObject([
      ASK[0] ?? {},
      { role: 'assistant', tool_calls: [{ id: 'call_a' }, { id: 'call_b' }] },
      { role: 'tool', tool_call_id: 'call_a', content: '20 °C' },
      { role: 'tool', tool_call_id: 'call_b', content: '20 °C' },
    ]);
  });

  it('Responses: calls as items, whole and streamed, and outputs that go on in the session', async () => {
    const tools = [{ type: 'function' as const, strict: false, ...TOOL }];
    models.respondWith(callsTools());
    const first = await client.responses.create({
      model: 'open',
      input: 'How is Rome?',
      tools,
      instructions: 'Be brief.',
    });
    expect(sent()).toMatchObject({
      tools: [{ type: 'function', function: { ...TOOL, strict: false } }],
      messages: [{ role: 'system', content: 'Be brief.' }, ...ASK],
    });
    const items = [
      { type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{"city":"Rome"}' },
      { type: 'function_call', call_id: 'call_b', name: 'weather', arguments: '{"city":"Oslo"}' },
    ];
    expect(first.output.filter(({ type }) => type === 'function_call')).toMatchObject(items);

    models.respondWith(says('Sunny.'));
    const outputs = [
      { type: 'function_call_output' as const, call_id: 'call_a', output: '20 °C' },
      { type: 'function_call_output' as const, call_id: 'call_b', output: '3 °C' },
    ];
    const going = await client.responses.create({
      model: 'open',
      input: outputs,
      previous_response_id: first.id,
      tools,
    });
    expect(going.output_text).toBe('Sunny.');
    const conversation = [
      ...ASK,
      { role: 'assistant', content: null, tool_calls: [{ id: 'call_a' }, { id: 'call_b' }] },
      { role: 'tool', tool_call_id: 'call_a', content: '20 °C' },
      { role: 'tool', tool_call_id: 'call_b', content: '3 °C' },
    ];
    expect(sent().messages).toMatchObject(conversation);
    // Without a session the client brings all of it along.
    const input = [
      { role: 'user' as const, content: 'How is Rome?' },
      ...(first.output as never[]),
      ...outputs,
    ];
    await client.responses.create({ model: 'open', input, tools });
    expect(sent().messages).toMatchObject(conversation);

    models.respondWith(callsTools());
    const streamed = await client.responses
      .stream({ model: 'open', input: 'How is Rome?', tools })
      .finalResponse();
    expect(streamed.output.filter(({ type }) => type === 'function_call')).toMatchObject(items);
  });
});
