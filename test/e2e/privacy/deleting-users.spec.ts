import { TurnStore } from '../../../src/chat/records/turn.store.port.js';
import { ApiClient } from '../../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../../support/auth/auth-server.js';
import { TestIssuer } from '../../support/auth/test-issuer.js';
import { newId } from '../../../src/platform/ids.js';
import { readWhole, TurnWorld } from '../../support/turn-world.js';
import { until } from '../../support/until.js';
import { Gate } from '../../support/upstream/gate.js';

const ADMIN = { ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: 'the very first boss' };
const PASSWORD = 'correct horse';

const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) });

describe('Deleting a user', () => {
  let server: AuthServer;
  let api: ApiClient;
  let boss: ApiClient;
  let bossId: string;
  beforeAll(async () => {
    server = await startAuthServer(ADMIN);
    api = new ApiClient(server.url);
    boss = (await api.logIn(ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).api;
    bossId = (await boss.get('/auth/me')).body.userId as string;
  });
  afterAll(() => server.close());

  const someone = async () => {
    const email = `gone-${newId()}@example.com`;
    return { email, ...(await api.signUp(email, PASSWORD)) };
  };

  it('lets nobody in any more who came with what was theirs, and the mail be somebody new', async () => {
    const ada = await someone();
    const { key } = (await ada.api.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    await ada.api.post('/predict', { chatflow_id: 'assistant', sessionId: 'mine', question: 'add milk' });
    expect(await boss.delete(`/users/${ada.userId}`)).toMatchObject({
      status: 202,
      body: { userId: ada.userId, state: 'confirming', erased: { sessions: 1, apiKeys: 1, tasks: 1 } },
    });
    expect(await ada.api.get('/sessions')).toEqual(refused(401, 'unauthenticated'));
    expect(await api.with({ 'x-api-key': key }).get('/sessions')).toEqual(refused(401, 'unauthenticated'));
    expect(await api.post('/auth/login', { email: ada.email, password: PASSWORD })).toEqual(
      refused(401, 'unauthenticated'),
    );
    expect(await boss.get(`/users/${ada.userId}`)).toEqual(refused(404, 'not_found'));
    expect((await boss.get(`/users?email=${encodeURIComponent(ada.email)}`)).body.data).toEqual([]);
    expect((await boss.get(`/users/${ada.userId}/erasure`)).body.erased.sessions).toBe(1);
    // Asked again, it tells the same.
    expect((await boss.delete(`/users/${ada.userId}`)).body.erased.sessions).toBe(1);

    const again = await api.signUp(ada.email, PASSWORD);
    expect(again.userId).not.toBe(ada.userId);
    expect((await again.api.get('/sessions')).body.data).toEqual([]);
    expect((await again.api.get('/accounting/transactions')).body.data).toHaveLength(1);
    const { body: list } = await again.api.post('/predict', { chatflow_id: 'assistant', question: 'list' });
    expect(list.text).toMatch(/^Your list is empty/);
  });

  it('is for admins, who are written down, and not for the last of them', async () => {
    const [ada, bob] = [await someone(), await someone()];
    expect(await ada.api.delete(`/users/${bob.userId}`)).toEqual(refused(403, 'forbidden'));
    expect(await boss.delete('/users/nobody')).toEqual(refused(404, 'not_found'));
    expect(await boss.get(`/users/${bob.userId}/erasure`)).toEqual(refused(404, 'not_found'));
    expect(await boss.delete(`/users/${bossId}`)).toEqual(refused(409, 'conflict'));
    expect((await boss.get('/auth/me')).status).toBe(200);
    await boss.delete(`/users/${bob.userId}`);
    const { data } = (await boss.get('/audit?action=user.delete')).body as { data: object[] };
    expect(data.slice(0, 2)).toMatchObject(
      ['done', 'asked'].map((phase) => ({ actorId: bossId, targetId: bob.userId, phase })),
    );
  });

  it('leaves one admin when two delete each other at once', async () => {
    const other = await someone();
    await boss.patch(`/users/${other.userId}`, { roles: ['user', 'admin'] });
    const answers = await Promise.all([
      boss.delete(`/users/${other.userId}`),
      other.api.delete(`/users/${bossId}`),
    ]);
    const left = answers.filter(({ status }) => status !== 202);
    expect(left.length).toBeGreaterThan(0);
    const bossIsThere = (await boss.get('/auth/me')).status === 200;
    const otherIsThere = (await other.api.get('/auth/me')).status === 200;
    expect(bossIsThere || otherIsThere).toBe(true);
    if (bossIsThere) return;
    // The rest of the suite needs the one it knows.
    [boss, bossId] = [other.api, other.userId];
  });

  it('is for users themselves, with their password', async () => {
    const ada = await someone();
    const { key } = (await ada.api.post('/auth/api-keys', { name: 'program' })).body as { key: string };
    expect(await api.with({ 'x-api-key': key }).delete('/users/me', { password: PASSWORD })).toEqual(
      refused(403, 'forbidden'),
    );
    expect(await ada.api.delete('/users/me', {})).toEqual(refused(400, 'validation_failed'));
    expect(await ada.api.delete('/users/me', { password: 'wrong' })).toEqual(refused(403, 'forbidden'));
    expect((await ada.api.get('/auth/me')).status).toBe(200);
    expect((await ada.api.delete('/users/me', { password: PASSWORD })).body).toMatchObject({
      userId: ada.userId,
      state: 'confirming',
    });
    expect(await ada.api.get('/auth/me')).toEqual(refused(401, 'unauthenticated'));
  });
});

describe('Deleting a user of an external issuer', () => {
  it('needs a fresh token; whoever comes again is somebody new', async () => {
    const issuer = await TestIssuer.start();
    const server = await startAuthServer({ ...issuer.env });
    try {
      const api = new ApiClient(server.url);
      const idOf = async (client: ApiClient) => (await client.get('/auth/me')).body.userId as string;
      const now = Math.floor(Date.now() / 1000);
      const old = api.bearer(await issuer.token({ sub: 'ada', iat: now - 600 }));
      const userId = await idOf(old);
      await old.post('/predict', { chatflow_id: 'assistant', sessionId: 'mine', question: 'add milk' });
      expect(await old.delete('/users/me', {})).toEqual(refused(403, 'forbidden'));
      const fresh = api.bearer(await issuer.token({ sub: 'ada', iat: now }));
      expect((await fresh.delete('/users/me', {})).body).toMatchObject({ userId, state: 'confirming' });
      // A token of before stands for nobody.
      expect(await fresh.get('/auth/me')).toEqual(refused(401, 'unauthenticated'));
      // Nor does one that nobody has seen here: it makes no user.
      const unseen = api.bearer(await issuer.token({ sub: 'ada', iat: now, jti: 'unseen' }));
      expect(await unseen.get('/auth/me')).toEqual(refused(401, 'unauthenticated'));
      const later = Math.floor(Date.now() / 1000) + 1;
      const again = api.bearer(await issuer.token({ sub: 'ada', iat: later, jti: 'again' }));
      const next = await idOf(again);
      expect(next).toEqual(expect.any(String));
      expect(next).not.toBe(userId);
      expect(await idOf(again)).toBe(next);
      expect(await unseen.get('/auth/me')).toEqual(refused(401, 'unauthenticated'));
      expect((await again.get('/sessions')).body).toMatchObject({ data: [] });
    } finally {
      await server.close();
      await issuer.close();
    }
  });
});

describe('Deleting a user in the middle of an answer', () => {
  it('ends it with access_revoked, settles it by policy, and removes it', async () => {
    const world = await TurnWorld.start();
    try {
      const user = await world.server.registerUser();
      const { token } = await world.server.admin();
      const gate = new Gate();
      world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
      const stream = await world.ask({ user, sessionId: 'main' });
      const seen = readWhole(stream);
      await world.upstream.request(0);
      const { body } = await world.server.request
        .delete(`/users/${user.userId}`)
        .auth(token, { type: 'bearer' })
        .expect(202);
      expect((await seen).error?.code).toBe('access_revoked');
      gate.open();
      const erasure = () => world.server.read(`/users/${user.userId}/erasure`, token);
      if (body.state === 'erasing') await until(async () => (await erasure()).state !== 'erasing');
      expect(await erasure()).toMatchObject({ erased: { sessions: 1, turns: 1 } });
      expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
    } finally {
      await world.close();
    }
  });

  it('misses no session whose first turn ends while the others are looked for', async () => {
    const world = await TurnWorld.start();
    try {
      const user = await world.server.registerUser();
      const { token } = await world.server.admin();
      world.upstream.runAs({ kind: 'agentflow2', gate: () => new Gate(), answer: () => ['never'] });
      const turns = world.server.get(TurnStore);
      const listRunning = turns.listRunning.bind(turns);
      // Whenever it is asked what runs, the last turn has just ended.
      turns.listRunning = async (userId, limit) => {
        await until(async () => (await listRunning(userId, 1)).length === 0);
        return listRunning(userId, limit);
      };
      const seen = readWhole(await world.ask({ user, sessionId: 'main' }));
      const { body } = await world.server.request
        .delete(`/users/${user.userId}`)
        .auth(token, { type: 'bearer' })
        .expect(202);
      expect(body).toMatchObject({ state: 'confirming', erased: { sessions: 1, turns: 1 } });
      expect((await seen).error?.code).toBe('access_revoked');
    } finally {
      await world.close();
    }
  });

  it('says which upstream it could not reach', async () => {
    const world = await TurnWorld.start();
    try {
      const user = await world.server.registerUser();
      const { token } = await world.server.admin();
      world.upstream.runAs({ kind: 'chain' });
      await world.askWhole({ user, sessionId: 'main' });
      world.upstream.respondToDeleteWith((response) => void response.writeHead(503).end());
      const { body } = await world.server.request
        .delete(`/users/${user.userId}`)
        .auth(token, { type: 'bearer' })
        .expect(202);
      expect(body.notReached).toEqual([{ what: 'upstream-memory', chatflowId: 'flow', reason: 'pending' }]);
      world.upstream.respondToDeleteWith();
    } finally {
      await world.close();
    }
  });
});
