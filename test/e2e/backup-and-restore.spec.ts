import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { workerEntry } from '../../packages/embedded-mongo/src/worker-entry.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { until } from '../support/until.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { Gate } from '../support/upstream/gate.js';

/** Compiled for the tests, as the worker is. */
const COMMANDS = join(dirname(fileURLToPath(workerEntry())), 'cli');
const run = (command: 'backup' | 'restore', ...options: string[]) =>
  promisify(execFile)(process.execPath, [join(COMMANDS, `${command}.js`), ...options]);

describe('a backup of an instance that has turns under way', () => {
  let upstream: FlowiseReplay;
  let folder: string;
  let server: TestServer;
  let user: TestUser;

  const start = async (dataDir: string): Promise<void> => {
    server = await startTestServer({ DATA_DIR: dataDir, FLOWISE_API_URL: upstream.url });
  };
  const ask = (question: string, chatflow = 'assistant') =>
    server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send({ chatflow_id: chatflow, question });
  const topics = async (): Promise<unknown[]> =>
    ((await server.read('/sessions', user.token)).data as { topic: string }[]).map(({ topic }) => topic);
  const proof = async () => server.read('/accounting/reconciliation', (await server.admin()).token);

  beforeAll(async () => {
    upstream = await startFlowiseReplay();
    folder = await mkdtemp(join(tmpdir(), 'tollgate-backup-'));
  });
  afterAll(async () => {
    await server.close();
    await upstream.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is restored with its conversations, what ran is ended uncharged, and the ledger adds up', async () => {
    const dataDir = join(folder, 'data');
    const copy = join(folder, 'copy.db');
    await start(dataDir);
    user = await server.registerUser();
    const admin = await server.admin();
    await server.request
      .put('/chatflows/flow')
      .auth(admin.token, { type: 'bearer' })
      .send({
        name: 'Flow',
        provider: 'flowise',
        upstream: { flowId: 'f' },
        price: { credits: 7 },
        access: { public: true },
      })
      .expect(201);
    await ask('Add a task to buy milk').expect(200);
    const before = await server.read('/accounting/balance', user.token);
    const gate = new Gate();
    upstream.respondWith(flowise.gated(gate, 'Half', ' and half'));
    const running = ask('Under way', 'flow');
    const answered = running.then(({ status }) => status);
    await until(async () => (await server.read('/accounting/balance', user.token)).held === 7);
    await expect(run('restore', '--data-dir', dataDir, '--from', copy)).rejects.toThrow('no backup at');
    await run('backup', '--data-dir', dataDir, '--out', copy);
    gate.open();
    expect(await answered).toBe(200);
    await ask('Behind the backup').expect(200);
    expect(await topics()).toEqual(['Behind the backup', 'Under way', 'Add a task to buy milk']);
    await expect(run('restore', '--data-dir', dataDir, '--from', copy)).rejects.toThrow('is in use by');
    await server.close();

    const { stderr } = await run('restore', '--data-dir', dataDir, '--from', copy);
    const aside = (await readdir(dataDir)).filter((name) => name.startsWith('before-restore-'));
    expect(aside).toHaveLength(1);
    expect(stderr).toContain(aside[0]);
    await start(dataDir);
    await until(async () => (await proof()).openHolds === 0);
    expect(await server.read('/accounting/balance', user.token)).toEqual(before);
    expect(await topics()).toEqual(['Under way', 'Add a task to buy milk']);
    expect(await proof()).toMatchObject({ drift: 0, openHolds: 0 });
    await ask('Going on').expect(200);
    await server.close();

    await run(
      'restore',
      '--data-dir',
      join(folder, 'elsewhere'),
      '--from',
      join(dataDir, aside[0] ?? '', 'data.db'),
    );
    await start(join(folder, 'elsewhere'));
    // Where tokens are signed with another secret.
    user = await server.logIn(user.email, user.password);
    expect(await topics()).toContain('Behind the backup');
    expect(await proof()).toMatchObject({ drift: 0, openHolds: 0 });
  });
});
