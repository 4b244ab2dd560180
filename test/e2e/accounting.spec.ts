import type { Response } from 'supertest';
import { newId } from '../../src/platform/ids.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';

describe('accounting over REST', () => {
  let server: TestServer;
  let admin: TestUser;
  let user: TestUser;

  beforeAll(async () => {
    server = await startTestServer();
    admin = await server.admin();
  });
  beforeEach(async () => {
    user = await server.registerUser();
  });
  afterAll(() => server.close());

  const read = (path: string, { token } = user): Promise<Response> =>
    server.request.get(path).auth(token, { type: 'bearer' });
  const post = (path: string, body: object, { token } = admin, key = newId()): Promise<Response> =>
    server.request.post(path).auth(token, { type: 'bearer' }).set('Idempotency-Key', key).send(body);
  const ask = async (): Promise<void> => {
    const body = { chatflow_id: 'assistant', question: 'help' };
    expect((await post('/predict', body, user)).status).toBe(200);
  };

  it('shows the sign-up grant, and a turn’s hold and charge right after the turn', async () => {
    expect((await read('/accounting/balance')).body).toEqual({ available: 100, held: 0 });
    await ask();
    expect((await read('/accounting/balance')).body).toEqual({ available: 99, held: 0 });
    const { body } = await read('/accounting/transactions');
    expect(body).toMatchObject({ has_more: false, next_cursor: null });
    expect(body.data).toHaveLength(3);
    const capture = body.data.find(({ kind }: { kind: string }) => kind === 'capture');
    expect(capture).toEqual({
      id: expect.stringMatching(new RegExp(`^${capture.turnId}:[0-9a-f-]{36}:capture$`)),
      kind: 'capture',
      amount: 1,
      turnId: expect.any(String),
      chatflowId: 'assistant',
      outcome: 'completed',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(body.data.at(-1)).toMatchObject({ kind: 'grant', amount: 100, reason: 'Sign-up credits' });
  });

  it('lists transactions page by page', async () => {
    await ask();
    const first = (await read('/accounting/transactions?limit=2')).body;
    expect(first).toMatchObject({ has_more: true, next_cursor: expect.any(String) });
    const second = (await read(`/accounting/transactions?limit=2&after=${first.next_cursor}`)).body;
    expect(second).toMatchObject({ has_more: false, next_cursor: null });
    expect([...first.data, ...second.data]).toHaveLength(3);
  });

  it('sums up usage by day and by chatflow', async () => {
    await ask();
    await ask();
    const today = new Date().toISOString().slice(0, 10);
    expect((await read('/accounting/usage')).body.data).toEqual([{ day: today, credits: 2, turns: 2 }]);
    const byChatflow = await read(`/accounting/usage?from=${today}&to=${today}&groupBy=chatflow`);
    expect(byChatflow.body).toEqual({
      from: `${today}T00:00:00.000Z`,
      to: expect.any(String),
      data: [{ chatflowId: 'assistant', credits: 2, turns: 2 }],
    });
  });

  it.each([
    '/accounting/transactions?limit=0',
    '/accounting/transactions?limit=101',
    '/accounting/transactions?limit=ten',
    '/accounting/transactions?after=nonsense',
    '/accounting/transactions?after[$gt]=1',
    '/accounting/transactions?colour=red',
    '/accounting/usage?from=yesterday',
    '/accounting/usage?from=2026-02-30',
    '/accounting/usage?from=2026-03-02&to=2026-03-01',
    '/accounting/usage?groupBy=user',
    '/accounting/usage?groupBy[$ne]=day',
  ])('refuses %s', async (path) => {
    const { status, body } = await read(path);
    expect([status, body.code]).toEqual([400, 'validation_failed']);
    expect(body.errors.length).toBeGreaterThan(0);
  });

  it('lets an admin grant credits, once per key', async () => {
    const path = `/accounting/accounts/${user.userId}/grants`;
    const grant = { amount: 50, reason: 'Pilot' };
    const [first, again] = [await post(path, grant, admin, 'key-1'), await post(path, grant, admin, 'key-1')];
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      userId: user.userId,
      available: 150,
      held: 0,
      transaction: { kind: 'grant', amount: 50, reason: 'Pilot' },
    });
    expect(again.body.transaction).toEqual(first.body.transaction);
    expect((await read('/accounting/balance')).body.available).toBe(150);
    const other = await post(path, { ...grant, amount: 51 }, admin, 'key-1');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it.each(['grants', 'adjustments'])('books no %s without a key', async (action) => {
    const answer = await server.request
      .post(`/accounting/accounts/${user.userId}/${action}`)
      .auth(admin.token, { type: 'bearer' })
      .send({ amount: 5, reason: 'x' });
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    expect(answer.body.errors).toEqual([expect.objectContaining({ field: 'Idempotency-Key' })]);
    expect((await read('/accounting/balance')).body.available).toBe(100);
  });

  it.each([
    {},
    { amount: 5 },
    { reason: 'x' },
    { amount: 0, reason: 'x' },
    { amount: -5, reason: 'x' },
    { amount: 1.5, reason: 'x' },
    { amount: '5', reason: 'x' },
    { amount: 1_000_000_001, reason: 'x' },
    { amount: 5, reason: '  ' },
    { amount: 5, reason: { $ne: '' } },
    { amount: 5, reason: 'x', kind: 'adjust' },
  ])('refuses the grant %j', async (body) => {
    const answer = await post(`/accounting/accounts/${user.userId}/grants`, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    expect((await read('/accounting/balance')).body.available).toBe(100);
  });

  it('corrects an account downwards, but not below nothing', async () => {
    const path = `/accounting/accounts/${user.userId}/adjustments`;
    expect((await post(path, { amount: -30, reason: 'Error' })).body).toMatchObject({ available: 70 });
    const tooMuch = await post(path, { amount: -71, reason: 'Error' });
    expect([tooMuch.status, tooMuch.body.code]).toEqual([409, 'conflict']);
    expect((await post(path, { amount: 0, reason: 'Error' })).status).toBe(400);
  });

  it('lets an admin refund a turn once, and shows it everywhere', async () => {
    await ask();
    const { data } = (await read('/accounting/transactions')).body;
    const { turnId } = data[0] as { turnId: string };
    const path = `/accounting/turns/${turnId}/refund`;
    expect((await read(`/turns/${turnId}`)).body.charge).toEqual({ held: 0, captured: 1 });
    expect((await post(path, { reason: 'x' }, user)).body.code).toBe('forbidden');
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(path, { reason: 'Of no use' })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(answers[0]?.body).toMatchObject({
      userId: user.userId,
      available: 100,
      transaction: { kind: 'refund', amount: 1, turnId, chatflowId: 'assistant', reason: 'Of no use' },
    });
    expect((await read('/accounting/balance')).body).toEqual({ available: 100, held: 0 });
    expect((await read(`/turns/${turnId}`)).body.charge).toEqual({ held: 0, captured: 1, refunded: 1 });
    const kinds = (await read('/accounting/transactions')).body.data.map(
      ({ kind }: { kind: string }) => kind,
    );
    expect(kinds.filter((kind: string) => kind === 'refund')).toHaveLength(1);
    expect((await read('/accounting/usage')).body.data).toEqual([
      expect.objectContaining({ credits: 1, turns: 1, refunded: 1 }),
    ]);
    const other = await post(path, { reason: 'Something else' });
    expect([other.status, other.body.code]).toEqual([409, 'conflict']);
    expect((await read('/accounting/reconciliation', admin)).body.drift).toBe(0);
  });

  it.each([
    {},
    { reason: ' ' },
    { reason: 'x', amount: 0 },
    { reason: 'x', amount: 2 },
    { reason: 'x', to: 'me' },
  ])('refuses the refund %j', async (body) => {
    await ask();
    const { turnId } = (await read('/accounting/transactions')).body.data[0] as { turnId: string };
    const answer = await post(`/accounting/turns/${turnId}/refund`, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    const nobodys = await post(`/accounting/turns/${newId()}/refund`, { reason: 'x' });
    expect([nobodys.status, nobodys.body.code]).toEqual([404, 'not_found']);
  });

  it('shows an admin an account, and that all accounts sum', async () => {
    await ask();
    const account = await read(`/accounting/accounts/${user.userId}`, admin);
    expect(account.body).toEqual({ userId: user.userId, available: 99, held: 0, holds: [] });
    const { body } = await read('/accounting/reconciliation', admin);
    expect(body).toMatchObject({ openHolds: 0, expiredHolds: 0, drift: 0, inMotion: 0, unbalanced: [] });
    expect(body.accounts).toBeGreaterThanOrEqual(1);
    const unknown = await read('/accounting/accounts/nobody', admin);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
  });

  it('goes by an account whose id is not the user’s', async () => {
    await ask();
    const { body } = await read('/accounting/transactions');
    expect(body.data).toHaveLength(3);
    expect(JSON.stringify(body.data)).not.toContain(user.userId);
  });

  it('grants nothing to nobody', async () => {
    const { accounts } = (await read('/accounting/reconciliation', admin)).body;
    for (const action of ['grants', 'adjustments']) {
      const { status, body } = await post(`/accounting/accounts/nobody/${action}`, {
        amount: 5,
        reason: 'x',
      });
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
    expect((await read('/accounting/reconciliation', admin)).body.accounts).toBe(accounts);
  });

  it('is closed to strangers, and its admin part to users', async () => {
    for (const path of ['balance', 'transactions', 'usage', 'reconciliation']) {
      expect((await server.request.get(`/accounting/${path}`)).status).toBe(401);
    }
    const own = `/accounting/accounts/${user.userId}`;
    expect((await read('/accounting/reconciliation')).body.code).toBe('forbidden');
    expect((await read(own)).body.code).toBe('forbidden');
    expect((await post(`${own}/grants`, { amount: 5, reason: 'x' }, user)).body.code).toBe('forbidden');
    expect((await read('/accounting/balance')).body.available).toBe(100);
  });
});
