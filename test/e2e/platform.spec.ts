import { startTestServer, type TestServer } from '../support/test-server.js';

const MEBIBYTE = 1024 * 1024;

/** A body of about `bytes` with a text field that no endpoint knows. */
function bodyOf(bytes: number): string {
  return JSON.stringify({ padding: 'x'.repeat(bytes) });
}

describe('the edge of the application', () => {
  const lines: Record<string, unknown>[] = [];
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer(
      {
        LOG_LEVEL: 'debug',
        CORS_ORIGINS: 'https://app.example',
        METRICS_TOKEN: 'metrics-secret',
        TURN_TIMOUT_MS: 's3cret',
      },
      { logDestination: { write: (line) => void lines.push(JSON.parse(line)) } },
    );
    ({ token } = await server.registerUser());
  });
  afterAll(() => server.close());

  describe('problems', () => {
    it('answers an unknown route as problem+json whose errorId is in the log', async () => {
      const { body, headers } = await server.request.get('/no/such/route?access_token=s3cret').expect(404);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(body).toEqual({
        type: 'urn:tollgate:problem:not_found',
        title: 'Not found',
        status: 404,
        detail: 'This route was not found.',
        instance: '/no/such/route',
        code: 'not_found',
        errorId: expect.any(String),
      });
      expect(lines).toContainEqual(expect.objectContaining({ errorId: body.errorId, code: 'not_found' }));
      expect(JSON.stringify(lines)).not.toContain('s3cret');
    });

    it('answers a method that a path does not have', async () => {
      const { body, headers } = await server.request.delete('/auth/login').expect(405);
      expect([body.code, headers.allow]).toEqual(['method_not_allowed', 'OPTIONS, POST']);
    });

    it.each([
      ['malformed JSON', '{"email": s3cret', 'application/json'],
      ['a bare value', '"s3cret"', 'application/json'],
      ['an unknown charset', '{}', 'application/json; charset=klingon'],
      ['a broken JSON with another JSON type', '{', 'application/vnd.api+json'],
      ['no JSON at all', 'email=s3cret', 'application/x-www-form-urlencoded'],
    ])('refuses %s as validation_failed', async (_name, body, type) => {
      const answer = await server.request
        .post('/auth/login')
        .set('content-type', type)
        .send(body)
        .expect(400);
      expect(answer.body.code).toBe('validation_failed');
      expect(answer.text).not.toContain('s3cret');
    });

    it('refuses a content encoding that it does not know', async () => {
      const { body } = await server.request
        .post('/auth/login')
        .set('content-type', 'application/json')
        .set('content-encoding', 'zebra')
        .send('{}')
        .expect(400);
      expect(body.code).toBe('validation_failed');
    });

    it('refuses a path that cannot be decoded', async () => {
      const { body } = await server.request.get('/sessions/%ff').auth(token, { type: 'bearer' }).expect(400);
      expect(body.code).toBe('validation_failed');
    });

    it('refuses a body nested beyond reason', async () => {
      const deep = `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`;
      const { body } = await server.request
        .post('/auth/login')
        .set('content-type', 'application/json')
        .send(deep)
        .expect(400);
      expect(body.errors).toEqual([{ field: 'body', message: expect.stringContaining('64 levels') }]);
    });

    it('asks for credentials with WWW-Authenticate', async () => {
      const { headers, body } = await server.request.get('/auth/me').expect(401);
      expect(headers['www-authenticate']).toBe('Bearer');
      expect(body.code).toBe('unauthenticated');
    });
  });

  describe('body limits', () => {
    it('takes 2 MB of JSON and no more', async () => {
      const send = (bytes: number) =>
        server.request
          .post('/auth/api-keys')
          .auth(token, { type: 'bearer' })
          .set('content-type', 'application/json')
          .send(bodyOf(bytes));
      expect((await send(1.9 * MEBIBYTE)).body.code).toBe('validation_failed');
      const { body, status } = await send(2.1 * MEBIBYTE);
      expect({ status, code: body.code, limit: body.limitBytes }).toEqual({
        status: 413,
        code: 'payload_too_large',
        limit: 2 * MEBIBYTE,
      });
    });

    it('takes 16 kB from whoever has no credentials yet', async () => {
      const send = (bytes: number) =>
        server.request.post('/auth/login').set('content-type', 'application/json').send(bodyOf(bytes));
      expect((await send(16_000)).body.code).toBe('validation_failed');
      expect((await send(17_000)).body.limitBytes).toBe(16 * 1024);
    });

    it('takes 10 MB where uploads belong', async () => {
      const send = (path: string, bytes: number) =>
        server.request
          .post(path)
          .auth(token, { type: 'bearer' })
          .set('content-type', 'application/json')
          .send(bodyOf(bytes));
      expect((await send('/predict/stream/store', 9.5 * MEBIBYTE)).body.code).toBe('validation_failed');
      expect((await send('/predict', 10.5 * MEBIBYTE)).body.limitBytes).toBe(10 * MEBIBYTE);
    });
  });

  describe('headers', () => {
    it('names every request, and keeps a sane name that it is given', async () => {
      expect((await server.request.get('/health/live')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      const kept = await server.request.get('/health/live').set('x-request-id', 'proxy-1.2_3');
      expect(kept.headers['x-request-id']).toBe('proxy-1.2_3');
      const replaced = await server.request.get('/health/live').set('x-request-id', 'a'.repeat(65));
      expect(replaced.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('protects pages, and tells nothing about itself', async () => {
      const { headers } = await server.request.get('/health/live');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe-inline');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
    });

    it('sends with data what matters for data', async () => {
      const { headers } = await server.request.post('/auth/login').send({});
      expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['strict-transport-security']).toMatch(/^max-age=/);
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    });

    it('lets Swagger UI set its styles, but run no inline script', async () => {
      const { headers, text } = await server.request.get('/docs').expect(200);
      expect(headers['content-security-policy']).toContain("script-src 'self';");
      expect(headers['content-security-policy']).toContain("style-src 'self' 'unsafe-inline'");
      expect(text).not.toMatch(/<script>/);
    });

    it('answers the listed origin only, errors included', async () => {
      const listed = await server.request.get('/auth/me').set('origin', 'https://app.example').expect(401);
      expect(listed.headers['access-control-allow-origin']).toBe('https://app.example');
      expect(listed.headers['access-control-expose-headers']).toContain('Retry-After');
      const other = await server.request.get('/auth/me').set('origin', 'https://evil.example').expect(401);
      expect(other.headers).not.toHaveProperty('access-control-allow-origin');
    });

    it('answers a preflight without credentials', async () => {
      const { headers } = await server.request
        .options('/predict/stream/store')
        .set('origin', 'https://app.example')
        .set('access-control-request-method', 'POST')
        .set('access-control-request-headers', 'authorization,content-type,idempotency-key')
        .expect(204);
      expect(headers['access-control-allow-headers']).toContain('idempotency-key');
    });
  });

  describe('operations', () => {
    it('is live and ready without credentials', async () => {
      await server.request.get('/health/live').expect(200, { status: 'live' });
      await server.request
        .get('/health/ready')
        .expect(200)
        .expect(({ body }) =>
          expect(body).toMatchObject({ status: 'ready', lifecycle: 'serving', checks: { database: 'up' } }),
        );
    });

    it('gives metrics to whoever has the metrics token', async () => {
      await server.request.get('/metrics').expect(401);
      await server.request.get('/metrics').auth('metrics-secreT', { type: 'bearer' }).expect(401);
      const { text, headers } = await server.request
        .get('/metrics')
        .auth('metrics-secret', { type: 'bearer' })
        .expect(200);
      expect(headers['content-type']).toContain('text/plain');
      expect(text).toContain('tollgate_open_streams 0');
    });
  });

  describe('the log', () => {
    it('tells of a misspelt setting, by its name', () => {
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          msg: 'TURN_TIMOUT_MS is not a setting of Tollgate: is TURN_TIMEOUT_MS meant?',
        }),
      );
      expect(JSON.stringify(lines)).not.toContain('s3cret');
    });

    it('has one closing line per request with its ids, and neither content nor secret', async () => {
      const stream = await server.stream('/predict/stream/store', {
        token,
        headers: { 'x-request-id': 'logged-turn' },
        body: { chatflow_id: 'assistant', question: 'Add a task to buy c0ntent' },
      });
      const [first] = await stream.events();
      const { userId } = await server.read('/auth/me', token);
      const closing = lines.filter(
        ({ requestId, msg }) => requestId === 'logged-turn' && msg === 'request completed',
      );
      expect(closing).toEqual([
        expect.objectContaining({
          method: 'POST',
          url: '/predict/stream/store',
          status: 200,
          userId,
          turnId: first?.json.turn_id,
        }),
      ]);
      expect(JSON.stringify(lines)).not.toMatch(new RegExp(`c0ntent|${token}|correct horse`));
    });

    it('mentions health checks at debug only', async () => {
      await server.request.get('/health/live').set('x-request-id', 'probe');
      expect(lines.find(({ requestId }) => requestId === 'probe')).toMatchObject({ level: 'debug' });
    });
  });
});
