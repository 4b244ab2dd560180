import { operationsOf, type NamedOperation, type OpenApi } from '../support/openapi/served-document.js';
import { startTestServer } from '../support/test-server.js';

/** What the fuzz of all routes has found, by its kind. */
const server = await startTestServer();
const admin = await server.admin();
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
  headers.set('authorization', `Bearer ${admin.token}`);
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
  const taking = operations.filter(({ operation }) => operation.requestBody !== undefined);
  // `fetch` sends no body with a GET, which has a test of its own.
  const others = operations.filter((one) => !taking.includes(one) && !['GET', 'HEAD'].includes(one.method));

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

describe('a condition on an answer that was never given', () => {
  const readers = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));

  it.each(named(readers))('%s gives it all the same', async (_name, operation) => {
    const answer = await send(operation, '', { headers: { 'if-none-match': '*' } });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/./)]);
  });
});
