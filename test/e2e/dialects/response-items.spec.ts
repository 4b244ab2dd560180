import type OpenAI from 'openai';
import { newOpenAi } from '../../support/dialects/openai-clients.js';
import { startTestServer, type TestServer, type TestUser } from '../../support/test-server.js';
import { startModelDouble, type ModelDouble } from '../../support/upstream/model-double.js';

const TOOLS: OpenAI.Responses.FunctionTool[] = [
  {
    type: 'function',
    name: 'weather',
    strict: false,
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
];
const ASKED = { role: 'user' as const, content: 'ask the weather tool' };
const THANKS = { role: 'user' as const, content: 'Thanks' };

describe('items of responses', () => {
  let server: TestServer;
  let model: ModelDouble;
  let user: TestUser;
  let client: OpenAI;

  beforeAll(async () => {
    model = await startModelDouble({ city: 'Rome' });
    server = await startTestServer({ TURNS_PER_MINUTE: '1000' });
    const { token } = await server.admin();
    await server.request
      .put('/chatflows/open')
      .auth(token, { type: 'bearer' })
      .send({
        name: 'A model',
        provider: 'openai',
        upstream: { baseUrl: model.baseUrl, model: 'm' },
        price: { credits: 1 },
        access: { public: true },
        clientOptions: ['tools'],
      })
      .expect(201);
  });
  afterAll(async () => {
    await server.close();
    await model.close();
  });
  beforeEach(async () => {
    user = await server.registerUser({ credits: 1000 });
    client = newOpenAi({ url: server.url, token: user.token });
  });

  const respond = (input: object[], who = client) =>
    who.responses.create({ model: 'open', input: input as OpenAI.Responses.ResponseInput, tools: TOOLS });
  const refer = (id: string) => ({ type: 'item_reference', id });
  const sent = () => model.requests.at(-1)?.messages;

  /** A call, whole or streamed. */
  async function call(stream: boolean) {
    const body = { model: 'open', input: [ASKED], tools: TOOLS };
    const response = stream
      ? await client.responses.stream(body).finalResponse()
      : await client.responses.create(body);
    const [item, ...others] = response.output;
    if (item?.type !== 'function_call' || others.length > 0) throw new Error(JSON.stringify(response.output));
    return { response, id: String(item.id), result: output(item.call_id) };
  }
  const output = (call_id: string) => ({ type: 'function_call_output', call_id, output: '20 °C' });

  it.each([false, true])('are what was said and called, and nothing else; streamed: %j', async (stream) => {
    const { response, id } = await call(stream);
    expect(response.output_text).toBe('');
    expect(response.output).toEqual([
      expect.objectContaining({ id, type: 'function_call', name: 'weather', arguments: '{"city":"Rome"}' }),
    ]);
  });

  it.each([false, true])('can be referred to instead of being sent again; streamed: %j', async (stream) => {
    const { id, result } = await call(stream);
    const answer = await respond([ASKED, refer(id), result]);
    expect(answer.output_text).toBe('It said: 20 °C');
    expect(sent()).toMatchObject([
      ASKED,
      { role: 'assistant', tool_calls: [{ id: result.call_id, function: { name: 'weather' } }] },
      { role: 'tool', tool_call_id: result.call_id, content: '20 °C' },
    ]);
    const [said] = answer.output;
    const last = await respond([ASKED, refer(id), result, refer(String(said?.id)), THANKS]);
    expect(last.output_text).toBe('You said: Thanks');
    expect(sent()?.slice(3)).toEqual([{ role: 'assistant', content: 'It said: 20 °C' }, THANKS]);
  });

  it('are nobody else’s, and gone with their session', async () => {
    const { response, id, result } = await call(false);
    const asked = model.requests.length;
    const stranger = await server.registerUser({ credits: 1000 });
    const strangers = newOpenAi({ url: server.url, token: stranger.token });
    const told = { status: 404, code: 'not_found' };
    await expect(respond([ASKED, refer(id), result], strangers)).rejects.toMatchObject(told);
    const session = response.conversation?.id ?? '';
    await server.request.delete(`/sessions/${session}`).auth(user.token, { type: 'bearer' });
    await expect(respond([ASKED, refer(id), result])).rejects.toMatchObject(told);
    expect(model.requests).toHaveLength(asked);
  });

  it.each(['rs_1', 'msg_nobody', 'fc_nobody_0', ''])('that nobody has are named: %j', async (id) => {
    await expect(respond([ASKED, refer(id), THANKS])).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('input.1'),
    });
  });

  it('that are not there among a message’s calls are named', async () => {
    const { id } = await call(false);
    const failed = respond([ASKED, refer(id.replace(/0$/, '1')), THANKS]);
    await expect(failed).rejects.toMatchObject({ status: 404 });
  });

  it('are looked up for a hundred messages, and no more', async () => {
    const many = Array.from({ length: 101 }, (_, index) => refer(`msg_${index}`));
    await expect(respond([...many, THANKS])).rejects.toMatchObject({ status: 400, param: 'input' });
    await expect(respond([{ type: 'item_reference' }, THANKS])).rejects.toMatchObject({
      status: 400,
      param: 'input.0.id',
    });
  });

  it('come in responses that repeat what the answer keeps to', async () => {
    const body = { model: 'open', input: [ASKED], tools: TOOLS, tool_choice: 'auto' as const };
    const first = await client.responses.create(body);
    const echo = { tools: TOOLS, tool_choice: 'auto', text: { format: { type: 'text' } } };
    expect(first).toMatchObject({ ...echo, previous_response_id: null });
    const events = await readAll(
      await client.responses.create({
        ...body,
        input: [{ type: 'function_call_output', call_id: callIdIn(first), output: 'x' }],
        previous_response_id: first.id,
        stream: true,
      }),
    );
    const responses = events.flatMap((event) => ('response' in event ? [event.response] : []));
    expect(responses).toHaveLength(3);
    for (const response of responses)
      expect(response).toMatchObject({ ...echo, previous_response_id: first.id });
  });

  it('end with what was counted, or with zeros that say so', async () => {
    const counted = await respond([THANKS]);
    expect(counted.usage).toMatchObject({ input_tokens: 11, output_tokens: 7, total_tokens: 18 });
    expect(counted.usage).not.toHaveProperty('reported');
    const uncounted = await client.responses.create({ model: 'assistant', input: 'Hi' });
    const zeros = { reported: false, input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    expect(uncounted.usage).toMatchObject(zeros);
    const streamed = await client.responses.stream({ model: 'assistant', input: 'Hi' }).finalResponse();
    expect(streamed.usage).toMatchObject(zeros);
  });
});

function callIdIn({ output }: OpenAI.Responses.Response): string {
  return output.flatMap((item) => (item.type === 'function_call' ? [item.call_id] : [])).join();
}

async function readAll(
  stream: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>,
): Promise<OpenAI.Responses.ResponseStreamEvent[]> {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}
