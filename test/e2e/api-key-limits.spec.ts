import { CreditAccountStore } from '../../src/accounting/ledger/credit-account.store.port.js';
import { UserDirectory } from '../../src/auth/directory/user-directory.port.js';
import { startTestServer, type TestUser } from '../support/test-server.js';

const server = await startTestServer({ DEFAULT_CHATFLOW: 'assistant' });
const admin = await server.admin();
const user = await server.registerUser();

for (const id of ['other', 'third'])
  await server.request
    .put(`/chatflows/${id}`)
    .auth(admin.token, { type: 'bearer' })
    .send({ name: id, provider: 'assistant', upstream: {}, price: { credits: 1 }, access: { public: true } })
    .expect(201);

afterAll(() => server.close());

async function keyOf({ token }: TestUser, settings: object): Promise<Record<string, string>> {
  const made = server.request.post('/auth/api-keys').auth(token, { type: 'bearer' });
  const { body } = await made.send({ name: 'a program', ...settings }).expect(201);
  expect(body).toMatchObject(settings);
  return { 'x-api-key': String(body.key) };
}

const ask = (headers: Record<string, string>, chatflowId: string) =>
  server.request.post('/predict').set(headers).send({ chatflow_id: chatflowId, question: 'help' });

describe('an API key for some chatflows', () => {
  it('is refused at the others as whoever may not use them', async () => {
    const key = await keyOf(user, { chatflowIds: ['other', 'nowhere'] });
    await ask(key, 'other').expect(200);
    const refused = await ask(key, 'third').expect(403);
    expect(refused.body.code).toBe('chatflow_access_denied');
    expect((await ask(key, 'nowhere').expect(404)).body.code).toBe('not_found');
    const { body } = await server.request.get('/chatflows').set(key).expect(200);
    expect((body.data as { id: string }[]).map(({ id }) => id)).toEqual(['other']);
    const models = await server.request.get('/v1/models').set(key).expect(200);
    expect((models.body.data as { id: string }[]).map(({ id }) => id)).toEqual(['other']);
  });

  it('is refused by no other name of the chatflow: a model, an agent, a Flowise flow', async () => {
    const key = await keyOf(user, { chatflowIds: ['other'] });
    const post = (path: string, body: object) => server.request.post(path).set(key).send(body).expect(403);
    await post('/v1/chat/completions', { model: 'third', messages: [{ role: 'user', content: 'help' }] });
    await post('/v1/responses', { model: 'third', input: 'help' });
    await post('/api/v1/prediction/third', { question: 'help' });
    // The default is one as well.
    const message = { id: 'm', role: 'user', parts: [{ type: 'text', text: 'help' }] };
    await post('/api/chat', { id: 'a chat', messages: [message] });
  });

  it('finds no turn of the others', async () => {
    const key = await keyOf(user, { chatflowIds: ['other'] });
    const token = { authorization: `Bearer ${user.token}` };
    const [mine, elsewhere] = [await ask(token, 'other').expect(200), await ask(token, 'third').expect(200)];
    await server.request.get(`/turns/${mine.body.turnId}`).set(key).expect(200);
    await server.request.get(`/turns/${elsewhere.body.turnId}`).set(token).expect(200);
    for (const [method, path] of [
      ['get', ''],
      ['get', '/stream'],
      ['post', '/stop'],
    ] as const) {
      const answer = await server.request[method](`/turns/${elsewhere.body.turnId}${path}`).set(key);
      expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'not_found']);
    }
    const chat = await server.request.get(`/api/chat/${elsewhere.body.sessionId}/stream`).set(key);
    expect(chat.status).toBe(204);
  });

  it('is kept to them with an owner who is an admin', async () => {
    const key = await keyOf(admin, { scopes: ['chat', 'admin'], chatflowIds: ['other'] });
    await ask(key, 'third').expect(403);
  });
});

describe('an API key with a rate', () => {
  it('is good for so many requests in a minute, whatever they ask for', async () => {
    const key = await keyOf(user, { requestsPerMinute: 3 });
    await server.request.get('/auth/me').set(key).expect(200);
    await ask(key, 'nowhere').expect(404);
    // Refused, and counted all the same.
    await server.request.get('/instances').set(key).expect(403);
    const refused = await server.request.get('/auth/me').set(key).expect(429);
    expect(refused.body.code).toBe('rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  it('is counted by itself', async () => {
    const [one, two] = [
      await keyOf(user, { requestsPerMinute: 1 }),
      await keyOf(user, { requestsPerMinute: 1 }),
    ];
    await server.request.get('/auth/me').set(one).expect(200);
    await server.request.get('/auth/me').set(two).expect(200);
    await server.request.get('/auth/me').set(one).expect(429);
    await server.request.get('/auth/me').auth(user.token, { type: 'bearer' }).expect(200);
  });

  it('is exceeded by no burst', async () => {
    const key = await keyOf(user, { requestsPerMinute: 5 });
    const all = await Promise.all(
      Array.from({ length: 20 }, () =>
        server.request
          .get('/auth/me')
          .set(key)
          .then(({ status }) => status),
      ),
    );
    expect(all.filter((status) => status === 200)).toHaveLength(5);
    expect(all.filter((status) => status === 429)).toHaveLength(15);
  });
});

describe('an API key with a cap of credits', () => {
  const bearer = (owner: TestUser) => ({ authorization: `Bearer ${owner.token}` });
  const shown = async (owner: TestUser) => {
    const { body } = await server.request.get('/auth/api-keys').set(bearer(owner)).expect(200);
    return body.data as { id: string; creditCap?: number; creditsUsed?: number }[];
  };
  const make = async (owner: TestUser, creditCap: number) => {
    const made = server.request.post('/auth/api-keys').set(bearer(owner));
    const { body } = await made.send({ name: 'a program', creditCap }).expect(201);
    expect(body).toMatchObject({ creditCap, creditsUsed: 0 });
    return body as { id: string; key: string };
  };

  it('spends so much, refuses what is more by a code of its own, and shows both', async () => {
    const owner = await server.registerUser();
    const { id, key } = await make(owner, 2);
    for (let turn = 0; turn < 2; turn += 1) await ask({ 'x-api-key': key }, 'other').expect(200);
    const { body } = await ask({ 'x-api-key': key }, 'other').expect(402);
    expect(body).toMatchObject({ code: 'insufficient_key_credits', required: 1, available: 0 });
    expect(await shown(owner)).toEqual([expect.objectContaining({ id, creditCap: 2, creditsUsed: 2 })]);
    // Its owner is not limited by it.
    await ask(bearer(owner), 'other').expect(200);
    const raise = server.request.patch(`/auth/api-keys/${id}`).set(bearer(owner));
    const changed = await raise.send({ creditCap: 3 }).expect(200);
    expect(changed.body).toMatchObject({ id, creditCap: 3, creditsUsed: 2 });
    await ask({ 'x-api-key': key }, 'other').expect(200);
    const books = await server.read('/accounting/reconciliation', admin.token);
    expect(books).toMatchObject({ drift: 0, keyDrift: 0, unbalancedKeys: [] });
  });

  it('carries cap and what is spent through a rotation, and has its refunds', async () => {
    const owner = await server.registerUser();
    const { id, key } = await make(owner, 1);
    const turn = await ask({ 'x-api-key': key }, 'other').expect(200);
    const rotate = server.request.post(`/auth/api-keys/${id}/rotate`).set(bearer(owner));
    const { body: rotated } = await rotate.send({ overlapSeconds: 0 }).expect(200);
    expect(rotated).toMatchObject({ id, creditCap: 1, creditsUsed: 1 });
    await ask({ 'x-api-key': String(rotated.key) }, 'other').expect(402);
    await server.request
      .post(`/accounting/turns/${turn.body.turnId}/refund`)
      .set(bearer(admin))
      .send({ reason: 'Of no use' })
      .expect((response) => expect(response.status).toBeLessThan(300));
    expect(await shown(owner)).toEqual([expect.objectContaining({ creditCap: 1, creditsUsed: 0 })]);
    await ask({ 'x-api-key': String(rotated.key) }, 'other').expect(200);
  });

  it('takes its cap along when it is revoked', async () => {
    const owner = await server.registerUser();
    const [{ id }, kept] = [await make(owner, 5), await make(owner, 7)];
    await server.request.delete(`/auth/api-keys/${id}`).set(bearer(owner)).expect(204);
    expect(await shown(owner)).toEqual([expect.objectContaining({ id: kept.id, creditCap: 7 })]);
    const { accountId } = (await server.get(UserDirectory).find(owner.userId)) ?? { accountId: '' };
    const caps = await server.get(CreditAccountStore).keyCaps(accountId);
    expect(Object.keys(caps)).toEqual([kept.id]);
  });

  it.each([0, -1, 1.5, 1_000_000_001, '5'])('is none of %j', async (creditCap) => {
    const made = server.request.post('/auth/api-keys').set(bearer(user));
    const { body } = await made.send({ name: 'a program', creditCap }).expect(400);
    const fields = (body.errors as { field: string }[]).map(({ field }) => field);
    expect(new Set(fields)).toEqual(new Set(['creditCap']));
  });

  it('is changed by its owner alone, and not by a key', async () => {
    const owner = await server.registerUser();
    const { id, key } = await make(owner, 5);
    const change = (headers: Record<string, string>) =>
      server.request.patch(`/auth/api-keys/${id}`).set(headers).send({ creditCap: 9 });
    expect((await change(bearer(user)).expect(404)).body.code).toBe('not_found');
    expect((await change({ 'x-api-key': key }).expect(403)).body.code).toBe('forbidden');
    expect(await shown(owner)).toEqual([expect.objectContaining({ creditCap: 5 })]);
  });
});
