import { AccountingService } from '../support/accounting-service.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';

describe('an external accounting service', () => {
  let service: AccountingService;
  let server: TestServer;
  let user: TestUser;

  const settings = () => ({ ACCOUNTING_API_URL: service.url, ACCOUNTING_API_KEY: 'operator-key' });

  beforeAll(async () => {
    service = await AccountingService.start();
    server = await startTestServer({ ...settings(), ACCOUNTING_TIMEOUT_MS: '60000' });
  });
  beforeEach(async () => {
    service.faultFor = () => 'ok';
    user = await server.registerUser();
    service.credits.set(user.userId, 10);
    service.costs.set('assistant', 4);
    service.requests.length = 0;
  });
  afterAll(async () => {
    await server.close();
    await service.close();
  });

  const ask = () =>
    server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send({ chatflow_id: 'assistant', question: 'help' });

  it('sets the price, is charged it, and hears of the turn with the user’s own token', async () => {
    const { body } = await ask().expect(200);
    expect(body.charged).toBe(4);
    expect(service.credits.get(user.userId)).toBe(6);
    expect(service.transactions.filter(({ userId }) => userId === user.userId)).toEqual([
      expect.objectContaining({ turnId: body.turnId, amount: 4, success: true }),
    ]);
    expect(new Set(service.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${user.token}`]),
    );
    expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 6, held: 0 });
  });

  it('is the one to ask for a refund', async () => {
    const { body } = await ask().expect(200);
    const admin = await server.admin();
    const answer = await server.request
      .post(`/accounting/turns/${body.turnId}/refund`)
      .auth(admin.token, { type: 'bearer' })
      .send({ reason: 'Of no use' });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    expect(answer.body.detail).toContain('external accounting service');
  });

  it('knows nothing of caps of keys, which are refused when a key is made or changed', async () => {
    const auth = (request: ReturnType<typeof server.request.post>) =>
      request.auth(user.token, { type: 'bearer' });
    const refused = { status: 400, code: 'validation_failed' };
    const made = await auth(server.request.post('/auth/api-keys')).send({ name: 'a program', creditCap: 5 });
    expect(made.body).toMatchObject(refused);
    expect(made.body.errors).toEqual([
      { field: 'creditCap', message: expect.stringContaining('external accounting service') },
    ]);
    const { body: key } = await auth(server.request.post('/auth/api-keys')).send({ name: 'a program' });
    const changed = auth(server.request.patch(`/auth/api-keys/${key.id}`));
    expect((await changed.send({ creditCap: 5 })).body).toMatchObject(refused);
    const { body } = await server.request.get('/auth/api-keys').auth(user.token, { type: 'bearer' });
    expect(body.data[0]).not.toHaveProperty('creditCap');
  });

  it('refuses a turn that its credits don’t cover', async () => {
    service.credits.set(user.userId, 3);
    const { status, body } = await ask();
    expect([status, body.code]).toEqual([402, 'insufficient_credits']);
    expect(body).toMatchObject({ required: 4, available: 3 });
    expect(service.credits.get(user.userId)).toBe(3);
  });

  it('keeps turns out while it is silent, in bounded time, and takes nothing for them', async () => {
    const hasty = await startTestServer({ ...settings(), ACCOUNTING_TIMEOUT_MS: '300' });
    try {
      const { userId, token } = await hasty.registerUser();
      service.credits.set(userId, 10);
      service.faultFor = ({ path }) => (path.endsWith('/deductions') ? 'stall' : 'ok');
      const { status, body, headers } = await hasty.request
        .post('/predict')
        .auth(token, { type: 'bearer' })
        .send({ chatflow_id: 'assistant', question: 'help' });
      expect([status, body.code, headers['retry-after']]).toEqual([503, 'accounting_unavailable', '5']);
      expect(service.credits.get(userId)).toBe(10);
    } finally {
      await hasty.close();
    }
    service.faultFor = () => 'ok';
    expect((await ask()).status).toBe(200);
  });

  it('gives a deduction back whose answer was lost', async () => {
    service.misbehave('/deductions', 'apply-and-drop', 'apply-and-drop', 'apply-and-drop');
    expect((await ask()).status).toBe(503);
    expect(service.credits.get(user.userId)).toBe(10);
    expect(service.transactions.filter(({ userId }) => userId === user.userId)).toEqual([
      expect.objectContaining({ success: false }),
    ]);
  });

  it.each(['/accounting/transactions', '/accounting/usage'])(
    'keeps the ledger itself: %s is not here',
    async (path) => {
      const { status, body } = await server.request.get(path).auth(user.token, { type: 'bearer' });
      expect([status, body.code]).toEqual([404, 'not_found']);
      expect(body.detail).toContain('external accounting service');
    },
  );
});
