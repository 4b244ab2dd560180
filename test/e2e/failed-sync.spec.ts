import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeWhereSyncsFail,
  FailingSyncs,
} from '../../packages/embedded-mongo/test/support/failing-syncs.js';
import { AdminsServer } from '../support/admins-server.js';

const POLL_MS = 20;
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

describeWhereSyncsFail()('a sync of the embedded database that fails', () => {
  let dataDir: string;
  let server: AdminsServer;
  let disk: FailingSyncs | undefined;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-sync-'));
    server = await AdminsServer.start(dataDir);
  });
  afterAll(async () => {
    await disk?.end();
    await server.process.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('is told as 503 and by readiness until a restart, which has all that was acknowledged', async () => {
    const token = await server.logIn();
    const ask = (sessionId: string) =>
      server.post('/predict', { chatflow_id: 'assistant', question: 'Hi', sessionId }, token);
    for (const session of ['a', 'b', 'c']) expect((await ask(session)).status).toBe(200);
    const balance = await server.read('/accounting/balance', token);
    expect((await server.ready()).status).toBe(200);

    disk = await FailingSyncs.from(server.process.pid);
    const expectRefusals = async () => {
      for (const answer of [await ask('d'), await ask('a'), await server.tryLogIn()]) {
        const { code } = (await answer.json()) as { code: string };
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
        expect(['storage_unavailable', 'accounting_unavailable']).toContain(code);
      }
    };
    await expectRefusals();
    while ((await server.ready()).status === 200) await pause();
    const NOT_READY = { details: { database: { reason: 'a write to the disk failed' } } };
    expect((await server.ready()).body).toMatchObject(NOT_READY);

    // That syncs succeed again says nothing of those that did not.
    await disk.end();
    await expectRefusals();
    expect(await server.ready()).toMatchObject({ status: 503, body: NOT_READY });
    expect(await server.read('/accounting/balance', token)).toEqual(balance);

    await server.process.kill();
    server = await AdminsServer.start(dataDir);
    while ((await server.ready()).status !== 200) await pause();
    const again = await server.logIn();
    const { data } = (await server.read('/sessions', again)) as {
      data: { id: string; messageCount: number }[];
    };
    for (const id of ['a', 'b', 'c']) expect(data).toContainEqual(expect.objectContaining({ id }));
    // What the failed batch has left, a hold perhaps, is given back as after a crash.
    let books = await server.read('/accounting/reconciliation', again);
    while (books.openHolds !== 0) {
      await pause();
      books = await server.read('/accounting/reconciliation', again);
    }
    expect(books).toMatchObject({ drift: 0, openHolds: 0 });
    expect(await server.read('/accounting/balance', again)).toMatchObject({ available: balance.available });
  });
});
