import { jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startEmbeddedProcess,
  type EmbeddedProcess,
} from '../../packages/embedded-mongo/test/support/embedded-process.js';
import { serverFromSources, ServerProcess } from '../support/server-process.js';
import { TestHost, whyNoTestHosts } from './test-host.js';

/** The usual one; the host has it to itself. */
const PORT = 27017;
/** Of the hosts of this process, beyond those of the other tests. */
const HOST_NUMBER = 40;
/** What a client is asked to bear with, and what a busy machine adds to it at most. */
const ANSWERED_MS = 2000 + 2000;
const SIGNUP_CREDITS = 1000;
const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };

jest.setTimeout(180_000);

const impossible = whyNoTestHosts();
if (impossible !== undefined && process.env.CI !== undefined)
  throw new Error(`These tests must run in CI: ${impossible}`);
if (impossible !== undefined) process.stdout.write(`Skipped: ${impossible}\n`);
const describeOnHosts = impossible === undefined ? describe : describe.skip;

describeOnHosts('a database that falls silent', () => {
  let dataDir: string;
  let database: EmbeddedProcess;
  let host: TestHost;
  let server: ServerProcess;
  let token = '';

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-silent-'));
    database = await startEmbeddedProcess(join(dataDir, 'database'));
    host = new TestHost(HOST_NUMBER);
    await host.relay(decodeURIComponent(database.uri.replace(/^mongodb:\/\//, '').replace(/\/$/, '')), PORT);
    server = new ServerProcess(
      {
        DATA_DIR: dataDir,
        MONGODB_URI: `mongodb://${host.address}:${PORT}/silent`,
        JWT_SECRET: 'a secret of the tests that is long enough',
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        SIGNUP_CREDITS: String(SIGNUP_CREDITS),
        CONCURRENT_TURNS: '100',
        TURNS_PER_MINUTE: '1000',
        ASSISTANT_DELAY_MS: '0',
      },
      serverFromSources,
    );
    if ((await server.listening) === undefined) throw new Error(server.tail);
    token = String((await ask('POST', '/auth/login', ADMIN)).body.access_token);
  });
  afterAll(async () => {
    host.remove();
    await server.kill();
    await database.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  async function ask(method: string, path: string, body?: object) {
    const began = performance.now();
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    const tookMs = performance.now() - began;
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: answer, tookMs };
  }
  const askTurn = (sessionId: string) =>
    ask('POST', '/predict', { chatflow_id: 'assistant', question: 'Hi', sessionId });

  const balance = async () => Number((await ask('GET', '/accounting/balance')).body.available);

  it('is told as 503 within two seconds, before it is noticed and after, and costs nobody anything', async () => {
    // So that connections are there, which look whole when the network is gone.
    const before = await Promise.all(['a', 'b', 'c', 'd'].map(askTurn));
    expect(before.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const available = await balance();
    const price = (SIGNUP_CREDITS - available) / before.length;
    expect(price).toBeGreaterThan(0);
    // In the middle of whatever turns do: of some the opening or the settlement is made and nobody hears of it.
    const underWay = Array.from({ length: 40 }, (_, turn) => askTurn(`under-way-${turn}`));
    await Promise.race(underWay);

    host.fallSilent();
    for (const moment of ['before it is noticed', 'while it is', 'after']) {
      const answers = await Promise.all([
        ask('GET', '/sessions'),
        ask('GET', '/accounting/balance'),
        ask('POST', '/auth/login', ADMIN),
        askTurn('a'),
        askTurn('new'),
        ask('DELETE', '/sessions/b'),
      ]);
      const seconds = answers.map(({ tookMs }) => (tookMs / 1000).toFixed(1)).join(' ');
      process.stdout.write(`${moment}: ${seconds} s\n`);
      for (const { status, retryAfter, body, tookMs } of answers) {
        expect([status, retryAfter]).toEqual([503, '5']);
        expect(['storage_unavailable', 'accounting_unavailable']).toContain(body.code);
        expect(tookMs).toBeLessThan(ANSWERED_MS);
      }
    }
    const ready = await ask('GET', '/health/ready');
    expect(ready).toMatchObject({ status: 503, body: { checks: { database: 'down' } } });

    host.comeBack();
    while ((await ask('GET', '/health/ready')).status !== 200) await new Promise(setImmediate);
    const answered = (await Promise.all(underWay)).filter(({ status }) => status === 200).length;
    process.stdout.write(`of ${underWay.length} turns under way ${answered} were answered\n`);
    // Whatever else was on its way is given back or was never made.
    for (let books = await ask('GET', '/accounting/reconciliation'); books.body.openHolds !== 0;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      books = await ask('GET', '/accounting/reconciliation');
    }
    expect((await ask('GET', '/accounting/reconciliation')).body).toMatchObject({ drift: 0, openHolds: 0 });
    expect(await balance()).toBe(available - answered * price);
    expect((await askTurn('a')).status).toBe(200);
    expect((await askTurn('new')).status).toBe(200);
  });
});
