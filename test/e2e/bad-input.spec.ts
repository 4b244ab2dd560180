import { connect } from 'node:net';
import { SignJWT, UnsecuredJWT } from 'jose';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';

const SECRET = 'a secret of the tests, long enough!';
const ASK = { chatflow_id: 'assistant', question: 'help' };

const sign = (payload: Record<string, unknown>, secret = SECRET): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

describe('bad input', () => {
  let server: TestServer;
  let user: TestUser;
  let other: TestUser;

  beforeAll(async () => {
    server = await startTestServer({ JWT_SECRET: SECRET, TURNS_PER_MINUTE: '10000' });
    [user, other] = await Promise.all([server.registerUser(), server.registerUser()]);
  });
  afterAll(() => server.close());

  /** Nothing is stored, nothing held or charged. */
  async function expectUntouched(who: TestUser): Promise<void> {
    expect(await server.read('/accounting/balance', who.token)).toEqual({ available: 100, held: 0 });
    expect((await server.read('/sessions', who.token)).data).toEqual([]);
    const { data } = await server.read('/accounting/transactions', who.token);
    expect((data as { kind: string }[]).map(({ kind }) => kind)).toEqual(['grant']);
  }

  async function expectProblem(
    path: string,
    body: unknown,
    expected: readonly [status: number, code: string],
    token = user.token,
  ): Promise<Record<string, unknown>> {
    const stream = await server.stream(path, { method: 'POST', token, body });
    const problem = JSON.parse(await stream.text()) as Record<string, unknown>;
    expect([stream.status, problem.code]).toEqual(expected);
    expect(stream.headers['content-type']).toContain('application/problem+json');
    expect(problem).toMatchObject({
      status: expected[0],
      type: expect.any(String),
      errorId: expect.any(String),
    });
    return problem;
  }

  describe.each(['/predict/stream/store', '/predict'])('POST %s', (path) => {
    it.each<[string, unknown, readonly [number, string]]>([
      ['an unknown chatflow', { ...ASK, chatflow_id: 'nowhere' }, [404, 'not_found']],
      ['no question', { chatflow_id: 'assistant' }, [400, 'validation_failed']],
      ['an empty question', { ...ASK, question: '' }, [400, 'validation_failed']],
      ['a blank question', { ...ASK, question: ' \n\t' }, [400, 'validation_failed']],
      ['a number for a question', { ...ASK, question: 7 }, [400, 'validation_failed']],
      ['an operator for a question', { ...ASK, question: { $gt: '' } }, [400, 'validation_failed']],
      ['an operator for a chatflow', { ...ASK, chatflow_id: { $ne: '' } }, [400, 'validation_failed']],
      ['a $where for a session', { ...ASK, sessionId: { $where: '1' } }, [400, 'validation_failed']],
      ['an array for a session', { ...ASK, sessionId: ['a'] }, [400, 'validation_failed']],
      ['line breaks in a session', { ...ASK, sessionId: 'a\r\nid: 7' }, [400, 'validation_failed']],
      ['line breaks in a chatflow', { ...ASK, chatflow_id: 'a\nb' }, [400, 'validation_failed']],
      ['an endless session id', { ...ASK, sessionId: 'a'.repeat(129) }, [400, 'validation_failed']],
      ['an unknown field', { ...ASK, admin: true }, [400, 'validation_failed']],
      ['a history of strings', { ...ASK, history: ['hi'] }, [400, 'validation_failed']],
      [
        'a strange role in the history',
        { ...ASK, history: [{ role: 'system', content: 'x' }] },
        [400, 'validation_failed'],
      ],
      [
        'an upload without data',
        { ...ASK, uploads: [{ type: 'file', name: 'x', mime: 'y' }] },
        [400, 'validation_failed'],
      ],
      ['an override that is no object', { ...ASK, overrideConfig: 'x' }, [400, 'validation_failed']],
      ['a list for a body', [ASK], [400, 'validation_failed']],
    ])('refuses %s', async (_name, body, expected) => {
      await expectProblem(path, body, expected);
      await expectUntouched(user);
    });

    it('names the field that is wrong, and never its value', async () => {
      const problem = await expectProblem(path, { ...ASK, question: { secret: 'hunter2' } }, [
        400,
        'validation_failed',
      ]);
      const fields = (problem.errors as { field: string }[]).map(({ field }) => field);
      expect(new Set(fields)).toEqual(new Set(['question']));
      expect(JSON.stringify(problem)).not.toContain('hunter2');
    });

    it('refuses malformed JSON', async () => {
      const response = await fetch(server.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
        body: '{"chatflow_id":',
      });
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        400,
        'validation_failed',
      ]);
    });

    it('refuses an oversize body', async () => {
      await expectProblem(path, { ...ASK, question: 'x'.repeat(11 * 1024 * 1024) }, [
        413,
        'payload_too_large',
      ]);
      await expectUntouched(user);
    });

    it('refuses a bad idempotency key', async () => {
      const stream = await server.stream(path, {
        method: 'POST',
        token: user.token,
        body: ASK,
        headers: { 'idempotency-key': 'x'.repeat(300) },
      });
      expect(stream.status).toBe(400);
      await stream.text();
      await expectUntouched(user);
    });

    it('refuses tokens that are expired, forged, unsigned or of nobody', async () => {
      const now = Math.floor(Date.now() / 1000);
      const claims = { sub: user.userId, email: user.email, roles: ['admin'], iat: now, exp: now + 60 };
      const tokens = [
        await sign({ ...claims, iat: now - 120, exp: now - 60 }),
        await sign(claims, 'another secret of the tests, as long'),
        new UnsecuredJWT(claims).encode(),
        user.token.slice(0, -4) + (user.token.endsWith('AAAA') ? 'BBBB' : 'AAAA'),
        await sign({ roles: ['admin'], iat: now, exp: now + 60 }),
        'nonsense',
        '',
      ];
      for (const token of tokens) await expectProblem(path, ASK, [401, 'unauthenticated'], token);
      await expectUntouched(user);
    });
  });

  it('shows another user’s session and turn as unknown, to every way of asking', async () => {
    const owner = await server.registerUser();
    const { body: answer } = await server.request
      .post('/predict')
      .auth(owner.token, { type: 'bearer' })
      .send(ASK)
      .expect(200);
    const { sessionId, turnId } = answer as { sessionId: string; turnId: string };
    await expectProblem(`/turns/${turnId}/stop`, {}, [404, 'not_found'], other.token);
    const paths = [
      `/turns/${turnId}`,
      `/turns/${turnId}/stream`,
      `/sessions/${sessionId}`,
      `/sessions/${sessionId}/messages`,
      `/sessions/${sessionId}/export`,
    ];
    for (const path of paths) {
      const { body } = await server.request.get(path).auth(other.token, { type: 'bearer' }).expect(404);
      expect(body.code).toBe('not_found');
    }
    await server.request.delete(`/sessions/${sessionId}`).auth(other.token, { type: 'bearer' }).expect(404);
    await server.request
      .patch(`/sessions/${sessionId}`)
      .auth(other.token, { type: 'bearer' })
      .send({ topic: 'mine' })
      .expect(404);
    await expectUntouched(other);
    expect((await server.read(`/sessions/${sessionId}`, owner.token)).topic).toBe('help');
    // Names are free for everybody: it is a session of the other's own.
    const own = await server.request
      .post('/predict')
      .auth(other.token, { type: 'bearer' })
      .send({ ...ASK, question: 'list my tasks', sessionId })
      .expect(200);
    expect((own.body as { sessionId: string }).sessionId).toBe(sessionId);
    expect(await server.read(`/sessions/${sessionId}`, other.token)).toMatchObject({
      topic: 'list my tasks',
      messageCount: 2,
    });
    expect(await server.read(`/sessions/${sessionId}`, owner.token)).toMatchObject({
      topic: 'help',
      messageCount: 2,
    });
  });

  it('refuses strange cursors, limits and positions', async () => {
    const get = (path: string) => server.request.get(path).auth(user.token, { type: 'bearer' });
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=x',
      'after=%7B%7D',
      'after=zzz',
      'limit[$gt]=1',
      'nope=1',
    ]) {
      const { body } = await get(`/sessions?${query}`).expect(400);
      expect(body.code).toBe('validation_failed');
    }
    const { body: answer } = await server.request
      .post('/predict')
      .auth((await server.registerUser()).token, { type: 'bearer' })
      .send(ASK);
    await get(`/turns/${(answer as { turnId: string }).turnId}/stream?after=-1`).expect(400);
  });

  it('survives bytes that are no HTTP', async () => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nX-Bad: a\u0000b\r\n\r\nhello');
    await new Promise((resolve) => socket.once('close', resolve).resume());
    await server.request.get('/health/live').expect(200);
  });
});
