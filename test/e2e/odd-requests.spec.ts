import { Random } from '../faults/random.js';
import { Sampler } from '../support/fuzz/sample.js';
import { operationsOf, type NamedOperation, type OpenApi } from '../support/openapi/served-document.js';
import { startTestServer } from '../support/test-server.js';

/** What the fuzz of all routes has found, by its kind. */
const server = await startTestServer();
const admin = await server.admin();
const leaving = await server.registerUser();
const document = (await server.request.get('/docs-json').expect(200)).body as OpenApi;
const operations = operationsOf(document);

afterAll(() => server.close());

const named = (list: readonly NamedOperation[]) => list.map((one) => [one.name, one] as const);

async function send(
  { method, path }: NamedOperation,
  value: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  // Signing out ends sign-ins, that of the request with them: nobody else's is to be ended.
  const { token } = path.startsWith('/auth/') ? await server.logIn(leaving.email, leaving.password) : admin;
  headers.set('authorization', `Bearer ${token}`);
  return fetch(server.url + path.replace(/\{\w+\}/g, value), { ...init, method, headers });
}

describe('a path that is no text', () => {
  const withParameters = operations.filter(({ path }) => path.includes('{'));

  it.each(named(withParameters))('%s refuses it as it says', async (_name, operation) => {
    for (const value of ['%zz', '%c3%28', '%ed%a0%80', 'x%']) {
      const { status, headers } = await send(operation, value);
      const described = operation.operation.responses[status];
      const type = headers.get('content-type')?.split(';')[0] ?? '';
      expect([status, Object.keys(described?.content ?? {})]).toEqual([400, expect.arrayContaining([type])]);
    }
  });
});

describe('a body that nobody asks for', () => {
  const taking = operations.filter(
    ({ operation }) => operation.requestBody?.content['application/json'] !== undefined,
  );
  // `fetch` sends no body with a GET, which has a test of its own.
  const others = operations.filter(
    (one) => one.operation.requestBody === undefined && !['GET', 'HEAD'].includes(one.method),
  );

  it.each(named(others))('%s does not mind what it is', async (_name, operation) => {
    const [without, withOne] = [
      await send(operation, 'x'),
      await send(operation, 'x', { body: '{"cut', headers: { 'content-type': 'application/json' } }),
    ];
    expect(withOne.status).toBe(without.status);
    await Promise.all([without.text(), withOne.text()]);
  });

  it.each(operations.filter(({ method }) => method === 'GET').map(({ path }) => path))(
    'GET %s does not mind what it is',
    async (path) => {
      const ask = () =>
        server.request.get(path.replace(/\{\w+\}/g, 'x')).auth(admin.token, { type: 'bearer' });
      const { status } = await ask();
      expect((await ask().type('application/json').send('{"cut')).status).toBe(status);
    },
  );

  it.each(named(taking))('%s says that it cannot read another', async (_name, operation) => {
    const answer = await send(operation, 'x', {
      body: '{"cut',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'x' },
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('JSON')]);
  });
});

describe('a list in the place of an object', () => {
  const users = operations.filter(({ operation }) => operation.requestBody !== undefined);
  const sampler = new Sampler(document);

  it.each(named(users))('%s refuses it, or does without', async (_name, operation) => {
    const { schema = {}, examples = {} } = operation.operation.requestBody?.content['application/json'] ?? {};
    const random = new Random('lists');
    const example = Object.values(examples)[0]?.value as Record<string, unknown>;
    const full = { ...(sampler.sample(random, schema, 1) as object), ...example };
    const places = sampler.places(schema, full).filter(({ schema: one }) => one.type === 'object');
    for (const { holder, key } of places) {
      const right = holder[key];
      holder[key] = [right];
      const answer = await send(operation, 'x', {
        body: JSON.stringify(full),
        headers: { 'content-type': 'application/json', 'idempotency-key': 'x' },
      });
      expect([key, answer.status, answer.status < 500]).toEqual([key, answer.status, true]);
      await answer.text();
      holder[key] = right;
    }
  });

  it.each([
    ['/predict', { history: [[{ role: 'user', content: 'x' }]] }, 'history'],
    ['/predict', { uploads: [[{ type: 'file', name: 'x', mime: 'text/plain', data: 'x' }]] }, 'uploads'],
    [
      '/api/v1/prediction/assistant',
      { uploads: [[{ type: 'file', name: 'x', mime: 'text/plain', data: 'x' }]] },
      'uploads',
    ],
    ['/v1/chat/completions', { stream_options: [{ include_usage: true }] }, 'stream_options'],
  ])('%s names what is wrong with %j', async (path, odd, field) => {
    const right = {
      '/predict': { chatflow_id: 'assistant', question: 'x' },
      '/v1/chat/completions': { model: 'assistant', messages: [{ role: 'user', content: 'x' }] },
    }[path] ?? { question: 'x' };
    const { status, body } = await server.request
      .post(path)
      .auth(admin.token, { type: 'bearer' })
      .send({ ...right, ...odd });
    expect([status, body.code, JSON.stringify(body.errors)]).toEqual([
      400,
      'validation_failed',
      expect.stringContaining(`"field":"${field}`),
    ]);
  });
});

describe('a condition on an answer that was never given', () => {
  const readers = operations.filter(
    ({ method, operation: { parameters = [] } }) =>
      method === 'GET' && !parameters.some(({ required }) => required === true),
  );

  it.each(named(readers))('%s gives it all the same', async (_name, operation) => {
    const answer = await send(operation, '', { headers: { 'if-none-match': '*' } });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/./)]);
  });
});
