import { connect } from 'node:net';
import { ERROR_CODE_HEADER } from '../../src/platform/errors/sentence.js';
import { operationsOf, type OpenApi } from '../support/openapi/served-document.js';
import { startTestServer } from '../support/test-server.js';

const server = await startTestServer({ CORS_ORIGINS: 'https://app.example' });
const user = await server.registerUser();
const { body } = await server.request.get('/docs-json').expect(200);
const document = body as OpenApi;
const operations = operationsOf(document);
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

afterAll(() => server.close());

const concrete = (path: string): string => path.replace(/\{[^}]+\}/g, 'x');

describe('methods', () => {
  it.each(Object.keys(document.paths))('%s says which ones it has', async (path) => {
    const has = operations.filter((one) => one.path === path).map(({ method }) => method);
    const lacks = METHODS.filter((method) => !has.includes(method));
    expect(lacks).not.toEqual([]);
    for (const method of lacks) {
      const response = await fetch(server.url + concrete(path), { method });
      const allow = response.headers.get('allow')?.split(', ') ?? [];
      // A path with a parameter may also match one that has more.
      if (response.status !== 405) {
        expect(Object.keys(document.paths).filter((other) => isSame(other, path)).length).toBeGreaterThan(1);
        continue;
      }
      // On some routes an error is a sentence, with its code in a header.
      const text = await response.text();
      const code = response.headers.get(ERROR_CODE_HEADER) ?? (JSON.parse(text) as { code: string }).code;
      expect(code).toBe('method_not_allowed');
      expect(allow).toEqual(expect.arrayContaining([...has, 'OPTIONS']));
      expect(allow).not.toContain(method);
      // Where another path matches it, too, its methods are told along.
      const reads = operations.some((one) => one.method === 'GET' && takes(one.path, concrete(path)));
      expect(allow.includes('HEAD')).toBe(reads);
    }
  });

  it('leaves HEAD and preflights as they are', async () => {
    expect((await fetch(`${server.url}/health/live`, { method: 'HEAD' })).status).toBe(200);
    const preflight = await fetch(`${server.url}/predict`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect((await fetch(`${server.url}/nowhere`, { method: 'PUT' })).status).toBe(404);
  });
});

/** Whether a request for the one could be one for the other. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')];
  return (
    a.length === b.length &&
    a.every((part, at) => part === b[at] || part.startsWith('{') || (b[at]?.startsWith('{') ?? false))
  );
}

/** Whether a path of the document takes a request for this one. */
function takes(pattern: string, path: string): boolean {
  const [parts, asked] = [pattern.split('/'), path.split('/')];
  return (
    parts.length === asked.length && parts.every((part, at) => part === asked[at] || part.startsWith('{'))
  );
}

describe('caches', () => {
  const secured = operations.filter(({ operation }) => operation.security.length > 0);

  it.each(secured.map((one) => [one.name, one] as const))(
    '%s answers for nobody else',
    async (_name, { method, path }) => {
      // Signing out ends sign-ins, that of the request with them: nobody else's is to be ended.
      const asking = path.startsWith('/auth/') ? await server.registerUser() : user;
      for (const token of [asking.token, undefined]) {
        const stream = await server.stream(concrete(path), {
          method,
          ...(token === undefined ? {} : { token }),
          ...(method === 'GET' || method === 'DELETE'
            ? {}
            : { body: { chatflow_id: 'assistant', question: 'help', model: 'assistant' } }),
        });
        const caching = String(stream.headers['cache-control']);
        expect(caching).toContain('private');
        expect(caching).toContain('no-store');
        if (token !== undefined) expect(String(stream.headers.vary)).toMatch(/Authorization.*X-Api-Key/i);
        await stream.text();
      }
    },
  );

  it('keep no tokens', async () => {
    const { headers } = await server.request
      .post('/auth/login')
      .send({ email: user.email, password: user.password });
    expect(headers['cache-control']).toBe('private, no-store');
  });
});

describe('what is no HTTP', () => {
  async function answerTo(bytes: string): Promise<{ status: number; problem: Record<string, unknown> }> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(bytes);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    const [head = '', problem = ''] = text.split('\r\n\r\n', 2);
    expect(head).toMatch(/content-type: application\/problem\+json/i);
    return { status: Number(head.split(' ', 2)[1]), problem: JSON.parse(problem) as Record<string, unknown> };
  }

  it.each([
    ['no request at all', 'hello\r\n\r\n', 400, 'validation_failed'],
    [
      'a byte that no header may have',
      'GET / HTTP/1.1\r\nHost: x\r\nX-Bad: a\u0000b\r\n\r\n',
      400,
      'validation_failed',
    ],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [
      'a piece of a wrong length',
      `POST /predict HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'validation_failed',
    ],
  ])('%s is told so', async (_name, bytes, status, code) => {
    const answer = await answerTo(bytes);
    expect([answer.status, answer.problem.code, answer.problem.status]).toEqual([status, code, status]);
    expect(answer.problem.errorId).toEqual(expect.any(String));
  });
});

describe('half of a character', () => {
  const LONE = '\ud800';

  it.each([
    ['/auth/register', { email: `${LONE}@example.com`, password: 'correct horse battery' }],
    ['/auth/register', { email: `a@ex${LONE}ample.com`, password: 'correct horse battery' }],
    ['/auth/register', { email: 'lone@example.com', password: `correct horse ${LONE}` }],
    ['/auth/login', { email: `${LONE}@example.com`, password: 'x' }],
    ['/auth/login', { email: user.email, password: LONE }],
    ['/auth/refresh', { refresh_token: LONE }],
    ['/auth/logout', { refresh_token: LONE }],
  ])('%s refuses it', async (path, sent) => {
    const answer = await server.request.post(path).send(sent).expect(400);
    expect(answer.body.code).toBe('validation_failed');
  });
});
