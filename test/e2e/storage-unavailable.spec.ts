import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminsServer } from '../support/admins-server.js';
import { readRest, readUntilText } from '../support/read-until.js';
import { limitFiles } from '../support/file-limit.js';
import type { TestUser } from '../support/test-server.js';
import { seenIn } from '../support/turn-world.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { Gate } from '../support/upstream/gate.js';

const POLL_MS = 20;
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

const reasonOf = (body: unknown) =>
  (body as { details?: { database?: { reason?: string } } }).details?.database?.reason;

describe('a database that is away', () => {
  let world: TwoInstances;
  let user: TestUser;

  beforeAll(async () => {
    world = await startTwoInstances({ TURN_LEASE_MS: '60000' });
    user = await world.newUser(10);
  });
  afterAll(() => world.close());

  it('is told as 503, keeps running turns running, and is used again when it is back', async () => {
    const { one, link, upstream } = world;
    const gate = new Gate();
    upstream.runAs({ kind: 'agentflow2', gate, answer: () => ['one ', 'two ', 'three'] });
    const stream = await world.ask(one, user, 'Hi');
    gate.release();
    const rest = await readUntilText(stream, 'one ');
    link.cut();

    const requests = [
      () => one.request.get('/accounting/balance').auth(user.token, { type: 'bearer' }),
      () => one.request.get('/sessions').auth(user.token, { type: 'bearer' }),
      () => one.request.post('/auth/login').send({ email: user.email, password: user.password }),
      () =>
        one.request
          .post('/predict')
          .auth(user.token, { type: 'bearer' })
          .send({ chatflow_id: 'flow', question: 'And?' }),
    ];
    const answers = await Promise.all(requests.map((request) => request()));
    for (const { status, body, headers } of answers) {
      expect([status, headers['retry-after']]).toEqual([503, '5']);
      expect(['storage_unavailable', 'accounting_unavailable']).toContain(body.code);
    }
    let down = await one.request.get('/health/ready').expect(503);
    // On a busy machine the first look may have taken too long, and does not know why.
    while (reasonOf(down.body) !== 'it cannot be reached') {
      expect(down.body).toMatchObject({ checks: { database: 'down' } });
      await pause();
      down = await one.request.get('/health/ready').expect(503);
    }

    link.mend();
    let ready = 503;
    while (ready !== 200) {
      await pause();
      ({ status: ready } = await one.request.get('/health/ready'));
    }
    gate.open();
    const seen = seenIn(await readRest(rest));
    expect([seen.text, seen.error, seen.ended]).toEqual(['two three', undefined, true]);
    expect(seen.metadata).toMatchObject({ charged: 1 });
  });
});

describe('a full disk', () => {
  let dataDir: string;
  let server: AdminsServer;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-full-'));
    server = await AdminsServer.start(dataDir);
  });
  afterAll(async () => {
    await server.process.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  const reconcile = (token: string) => server.read('/accounting/reconciliation', token);

  it('is told as 503 and seen by readiness, and there is no need of a restart when there is room again', async () => {
    const token = await server.logIn();
    const ask = () =>
      server.post('/predict', { chatflow_id: 'assistant', question: 'x'.repeat(20_000) }, token);
    expect((await ask()).status).toBe(200);
    expect((await server.ready()).status).toBe(200);

    // Not less than there is: a file that is larger than its limit cannot even be cut.
    const { size } = await stat(join(dataDir, 'data.db-wal'));
    limitFiles(server.process.pid, size + 200_000);
    // A small write may still find room where a large one does not: a turn that was admitted and could not be stored is interrupted.
    for (const send of [ask, () => server.tryLogIn()]) {
      let code: unknown;
      while (code !== 'storage_unavailable' && code !== 'accounting_unavailable') {
        const answer = await send();
        const body = (await answer.json()) as { code?: string };
        if (answer.status === 200) continue;
        ({ code } = body);
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      }
    }
    let seen = await server.ready();
    // On a busy machine the first look may have taken too long.
    while (reasonOf(seen.body) !== 'there is no room for a write') {
      await pause();
      seen = await server.ready();
    }
    expect(seen).toMatchObject({ status: 503, body: { status: 'not_ready' } });

    limitFiles(server.process.pid, 'unlimited');
    while ((await server.ready()).status !== 200) await pause();
    expect((await ask()).status).toBe(200);
    expect((await server.tryLogIn()).status).toBe(200);
    // Turns that could not be settled are by now, or will be.
    for (let books = await reconcile(token); books.openHolds !== 0; books = await reconcile(token))
      await pause();
    expect(await reconcile(token)).toMatchObject({ drift: 0, openHolds: 0 });
  });
});
