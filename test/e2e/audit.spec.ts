import type { OpenApi } from '../support/openapi/served-document.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { until } from '../support/until.js';

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly phase: string;
  readonly sequence?: number;
}

describe('the audit log', () => {
  let server: TestServer;
  let admin: TestUser;
  let user: TestUser;

  beforeAll(async () => {
    server = await startTestServer();
    admin = await server.admin();
    user = await server.registerUser();
  });
  afterAll(() => server.close());

  const entries = async (query = ''): Promise<Entry[]> => {
    const { data } = await server.read(`/audit?limit=100${query}`, admin.token);
    return data as Entry[];
  };

  it('says who granted what to whom, and what was refused', async () => {
    const post = (amount: number) =>
      server.request
        .post(`/accounting/accounts/${user.userId}/adjustments`)
        .auth(admin.token, { type: 'bearer' })
        .set({ 'Idempotency-Key': `key${amount}`, 'X-Request-Id': `asked-${amount}` })
        .send({ amount, reason: 'Pilot' });
    await post(7).expect(201);
    await post(-100_000).expect((response) => expect(response.status).toBeGreaterThanOrEqual(400));
    const common = { action: 'credits.adjust', actorId: admin.userId, targetKind: 'user' };
    const found = await entries(`&targetId=${user.userId}&action=credits.adjust`);
    const [, refusedAsked, , asked] = found;
    expect(found).toMatchObject([
      {
        ...common,
        phase: 'refused',
        answers: refusedAsked?.id,
        requestId: 'asked--100000',
        code: expect.any(String),
      },
      { ...common, phase: 'asked', requestId: 'asked--100000', details: { amount: -100_000 } },
      { ...common, phase: 'done', answers: asked?.id, requestId: 'asked-7' },
      { ...common, phase: 'asked', requestId: 'asked-7', details: { amount: 7, reason: 'Pilot' } },
    ]);
  });

  it('writes down every request of the document that changes something for others', async () => {
    const { body } = await server.request.get('/docs-json').expect(200);
    const document = body as OpenApi;
    const changing = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method, { summary }]) => method !== 'get' && summary?.includes('(admin)') === true)
        .map(([method]) => ({ method, path })),
    );
    expect(changing.length).toBeGreaterThanOrEqual(5);
    for (const { method, path } of changing) {
      const before = (await entries()).length;
      const url = path.replaceAll(/\{[^}]+\}/g, 'nobody');
      await server.request[method as 'post'](url).auth(admin.token, { type: 'bearer' }).send({});
      expect([method, path, (await entries()).length > before]).toEqual([method, path, true]);
    }
  });

  it('has no place for what was said, nor for secrets', async () => {
    await server.request
      .put('/chatflows/secretive')
      .auth(admin.token, { type: 'bearer' })
      .send({
        name: 'Secretive',
        provider: 'assistant',
        price: { credits: 3 },
        access: { public: true },
        disabled: true,
      })
      .expect(201);
    const [done, entry] = await entries('&targetId=secretive');
    expect(done).toMatchObject({ phase: 'done', answers: entry?.id });
    expect(entry).toMatchObject({
      action: 'chatflow.put',
      details: { provider: 'assistant', credits: 3, public: true, disabled: true },
    });
    const stream = await server.stream('/predict/stream/store', {
      token: user.token,
      body: { chatflow_id: 'assistant', question: 'words of a question', sessionId: 'said' },
    });
    await stream.text();
    await server.request.delete('/sessions/said').auth(user.token, { type: 'bearer' }).expect(204);
    const all = await entries();
    expect(all[0]).toMatchObject({ action: 'session.delete', targetId: 'said', actorId: user.userId });
    expect(JSON.stringify(all)).not.toContain('words of a question');
  });

  it('is chained, and can be walked', async () => {
    await until(async () => (await entries()).every(({ sequence }) => sequence !== undefined));
    const all = await entries();
    expect(await server.read('/audit/verification', admin.token)).toMatchObject({
      verified: all.length,
      next: null,
      last: { sequence: all.length },
    });
  });

  it('is for admins, page after page', async () => {
    await server.request.get('/audit').auth(user.token, { type: 'bearer' }).expect(403);
    await server.request.get('/audit/verification').auth(user.token, { type: 'bearer' }).expect(403);
    const all = await entries();
    const first = await server.read('/audit?limit=2', admin.token);
    expect(first).toMatchObject({ has_more: true, data: all.slice(0, 2) });
    const second = await server.read(`/audit?limit=2&after=${String(first.next_cursor)}`, admin.token);
    expect((second.data as Entry[])[0]).toEqual(all[2]);
    await server.request.get('/audit?after=nothing').auth(admin.token, { type: 'bearer' }).expect(400);
    await server.request.get('/audit?action=breathe').auth(admin.token, { type: 'bearer' }).expect(400);
  });
});
