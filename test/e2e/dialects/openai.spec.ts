import OpenAI from 'openai';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { CHATFLOW_ID, DialectServer, memoryIn } from '../../support/dialects/dialect-server.js';
import { newOpenAi } from '../../support/dialects/openai-clients.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

describe('the OpenAI dialect, with openai 6', () => {
  let dialects: DialectServer;
  let setup: ClientSetup;
  let client: OpenAI;
  const messages = [{ role: 'user' as const, content: 'Hi' }];

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    ({ setup } = await dialects.newClient());
    client = newOpenAi(setup);
  });

  const failure = async (request: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> => {
    const error: unknown = await request.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof OpenAI.APIError) return error;
    throw new Error('The request did not fail as an API error.');
  };

  it('lists the chatflows that the caller may use, and finds one', async () => {
    await dialects.putChatflow('hidden', { access: { users: ['somebody-else'] } });
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(['assistant', CHATFLOW_ID]);
    expect(await client.models.retrieve(CHATFLOW_ID)).toMatchObject({ id: CHATFLOW_ID, object: 'model' });
    expect(await failure(client.models.retrieve('nowhere'))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await failure(client.models.retrieve('hidden'))).toMatchObject({ status: 403 });
  });

  it('passes on the conversation: the last message as question, the others as history', async () => {
    dialects.upstream.respondWith(flowise.tokens('Hello'));
    await client.chat.completions.create({
      model: CHATFLOW_ID,
      messages: [
        { role: 'system', content: 'Be nice.' },
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'c' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
          ],
        },
      ],
    });
    expect(dialects.upstream.requests[0]?.body).toMatchObject({
      question: 'c',
      history: [
        { role: 'userMessage', content: 'a' },
        { role: 'apiMessage', content: 'b' },
      ],
      uploads: [{ type: 'file', mime: 'image/png' }],
    });
  });

  it('tells the token counts of the upstream, and none when there are none', async () => {
    const counts = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };
    dialects.upstream.respondWith(
      flowise.frames(['token', 'a'], ['usageMetadata', counts], ['end', '[DONE]']),
    );
    const stream = await client.chat.completions.create({
      model: CHATFLOW_ID,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages = [];
    for await (const chunk of stream) usages.push(chunk.usage);
    expect(usages.at(-1)).toEqual({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
    expect(usages.slice(0, -1)).toEqual(usages.slice(0, -1).map(() => null));
    const whole = await client.responses.create({ model: CHATFLOW_ID, input: 'Hi' });
    expect(whole.usage).toMatchObject(counts);

    dialects.upstream.respondWith(flowise.tokens('a'));
    expect(await client.chat.completions.create({ model: CHATFLOW_ID, messages })).not.toHaveProperty(
      'usage',
    );
  });

  it('goes on in a session: previous_response_id, conversation and X-Session-Id', async () => {
    const first = await client.responses.create({ model: CHATFLOW_ID, input: 'one' });
    const { id: session } = first.conversation ?? { id: '' };
    await client.responses.create({ model: CHATFLOW_ID, input: 'two', previous_response_id: first.id });
    await client.responses.create({ model: CHATFLOW_ID, input: 'three', conversation: session });
    await client.chat.completions.create(
      { model: CHATFLOW_ID, messages },
      { headers: { 'X-Session-Id': session } },
    );
    const memories = new Set(dialects.upstream.requests.map(({ body }) => memoryIn(body)));
    expect([memories.size, memories.has(session)]).toEqual([1, false]);
    const [memory = ''] = memories;
    expect(dialects.upstream.memoryOf(CHATFLOW_ID, memory).map(({ content }) => content)).toEqual([
      'one',
      'You said: one',
      'two',
      'You said: two',
      'three',
      'You said: three',
      'Hi',
      'You said: Hi',
    ]);
    const stranger = await dialects.newClient();
    const stolen = newOpenAi(stranger.setup).responses.create({
      model: CHATFLOW_ID,
      input: 'x',
      previous_response_id: first.id,
    });
    expect((await failure(stolen)).status).toBe(404);
  });

  it('answers a retry with the same Idempotency-Key from the same turn', async () => {
    const options = { headers: { 'Idempotency-Key': 'once' } };
    const body = { model: CHATFLOW_ID, messages };
    const first = await client.chat.completions.create(body, options);
    expect(await client.chat.completions.create(body, options)).toEqual(first);
    expect(dialects.upstream.requests).toHaveLength(1);
    const other = client.chat.completions.create(
      { ...body, messages: [{ role: 'user', content: 'x' }] },
      options,
    );
    expect(await failure(other)).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('fails with errors that the client understands', async () => {
    const create = (model: string, content: string) =>
      failure(client.chat.completions.create({ model, messages: [{ role: 'user', content }] }));
    const blank = await create(CHATFLOW_ID, ' ');
    expect(blank).toBeInstanceOf(OpenAI.BadRequestError);
    expect(blank).toMatchObject({
      code: 'validation_failed',
      type: 'invalid_request_error',
      param: 'messages.0.content',
    });
    expect(blank.requestID).toMatch(/./);
    expect(await create('nowhere', 'Hi')).toBeInstanceOf(OpenAI.NotFoundError);
    const nobody = newOpenAi({ ...setup, token: 'tg_nobody' });
    expect(await failure(nobody.models.list().then())).toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('tells the client not to try again when the credits do not suffice', async () => {
    ({ setup } = await dialects.newClient(1));
    const { status, headers, body } = await dialects.server.request
      .post('/v1/chat/completions')
      .auth(setup.token, { type: 'bearer' })
      .send({ model: CHATFLOW_ID, messages });
    expect(status).toBe(402);
    expect(headers).toMatchObject({
      'x-should-retry': 'false',
      'content-type': expect.stringContaining('application/problem+json'),
    });
    expect(body).toMatchObject({
      code: 'insufficient_credits',
      status: 402,
      required: 2,
      available: 1,
      error: {
        type: 'insufficient_quota',
        code: 'insufficient_credits',
        param: null,
        message: expect.any(String),
      },
    });
  });

  it('lets the client try again when the upstream failed, at no cost', async () => {
    dialects.upstream.respondWith(flowise.status(500));
    const { headers, body } = await dialects.server.request
      .post('/v1/responses')
      .auth(setup.token, { type: 'bearer' })
      .send({ model: CHATFLOW_ID, input: 'Hi' });
    expect(headers).not.toHaveProperty('x-should-retry');
    expect(body.error).toMatchObject({ type: 'server_error' });
  });

  it('has its errors also where no controller was reached', async () => {
    const broken = await dialects.server.request
      .post('/v1/chat/completions')
      .auth(setup.token, { type: 'bearer' })
      .set('content-type', 'application/json')
      .send('{');
    expect(broken.status).toBe(400);
    expect(broken.body).toMatchObject({
      code: 'validation_failed',
      error: { type: 'invalid_request_error' },
    });
    const unknown = await dialects.server.request.get('/v1/engines');
    expect(unknown.body).toMatchObject({ status: 404, error: { code: 'not_found' } });
  });
});
