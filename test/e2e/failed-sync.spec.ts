import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeWhereSyncsFail,
  FailingSyncs,
} from '../../packages/embedded-mongo/test/support/failing-syncs.js';
import { serverFromSources, ServerProcess } from '../support/server-process.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };
const POLL_MS = 20;
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

describeWhereSyncsFail()('a sync of the embedded database that fails', () => {
  let dataDir: string;
  let server: ServerProcess;
  let disk: FailingSyncs | undefined;

  const start = async () => {
    const settings = {
      DATA_DIR: dataDir,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: '100000',
      TURNS_PER_MINUTE: '100000',
      ASSISTANT_DELAY_MS: '0',
      LOG_LEVEL: 'error',
    };
    server = new ServerProcess(settings, serverFromSources);
    if ((await server.listening) === undefined) throw new Error(server.tail);
  };
  const post = (path: string, body: object, token?: string) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  const logIn = async () => {
    const { access_token: token } = (await (await post('/auth/login', ADMIN)).json()) as {
      access_token: string;
    };
    return token;
  };
  const read = async (path: string, token: string) => {
    const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return (await response.json()) as Record<string, unknown>;
  };
  const ready = async () => {
    const response = await fetch(`${server.url}/health/ready`);
    return { status: response.status, body: await response.json() };
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-sync-'));
    await start();
  });
  afterAll(async () => {
    await disk?.end();
    await server.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is told as 503 and by readiness until a restart, which has all that was acknowledged', async () => {
    const token = await logIn();
    const ask = (sessionId: string) =>
      post('/predict', { chatflow_id: 'assistant', question: 'Hi', sessionId }, token);
    for (const session of ['a', 'b', 'c']) expect((await ask(session)).status).toBe(200);
    const balance = await read('/accounting/balance', token);
    expect((await ready()).status).toBe(200);

    disk = await FailingSyncs.from(server.pid);
    const expectRefusals = async () => {
      for (const answer of [await ask('d'), await ask('a'), await post('/auth/login', ADMIN)]) {
        const { code } = (await answer.json()) as { code: string };
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
        expect(['storage_unavailable', 'accounting_unavailable']).toContain(code);
      }
    };
    await expectRefusals();
    while ((await ready()).status === 200) await pause();
    const NOT_READY = { details: { database: { reason: 'a write to the disk failed' } } };
    expect((await ready()).body).toMatchObject(NOT_READY);

    // That syncs succeed again says nothing of those that did not.
    await disk.end();
    await expectRefusals();
    expect(await ready()).toMatchObject({ status: 503, body: NOT_READY });
    expect(await read('/accounting/balance', token)).toEqual(balance);

    await server.kill();
    await start();
    while ((await ready()).status !== 200) await pause();
    const again = await logIn();
    const { data } = (await read('/sessions', again)) as { data: { id: string; messageCount: number }[] };
    for (const id of ['a', 'b', 'c']) expect(data).toContainEqual(expect.objectContaining({ id }));
    // What the failed batch has left, a hold perhaps, is given back as after a crash.
    let books = await read('/accounting/reconciliation', again);
    while (books.openHolds !== 0) {
      await pause();
      books = await read('/accounting/reconciliation', again);
    }
    expect(books).toMatchObject({ drift: 0, openHolds: 0 });
    expect(await read('/accounting/balance', again)).toMatchObject({ available: balance.available });
  });
});
