import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultPoint } from '../../../src/contract/fault-point.js';
import { ApiClient, type SignedUp } from '../../support/auth/api-client.js';
import { serverFromSources, ServerProcess } from '../../support/server-process.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../../support/upstream/flowise-upstream.js';
import { until } from '../../support/until.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };
const SESSIONS = 4;
const WORD = 'killedquibble';

/** Where a process is killed, and how often it passes there unharmed before. */
const KILLS: readonly (readonly [point: FaultPoint, after: number])[] = [
  ['user-shut-out', 0],
  ['user-access-removed', 0],
  ...Array.from({ length: SESSIONS }, (_, after) => ['erased', after] as const),
  ['user-sessions-removed', 0],
  ['user-rest-removed', 0],
  ['user-removed', 0],
];
const WANTED_KILLS = process.env.TEST_SIZE === 'full' ? 20 : 8;
/** Of one erasure: it is cut off so often, one behind the other. */
const PER_ERASURE = 5;

describe('a process that is killed while it erases a user', () => {
  let upstream: FlowiseUpstream;
  let dataDir: string;
  let server: ServerProcess;
  let boss: ApiClient;
  let users = 0;

  beforeAll(async () => {
    upstream = await startFlowiseUpstream('f');
    upstream.runAs({ kind: 'chain', answer: () => ['Well.'] });
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-killed-erasure-'));
    await serve();
    await boss.put('/chatflows/flow', {
      name: 'Flow',
      provider: 'flowise',
      upstream: { flowId: 'f' },
      price: { credits: 3 },
      access: { public: true },
    });
  });
  afterAll(async () => {
    await server.kill();
    await upstream.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function serve(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const settings = {
      DATA_DIR: dataDir,
      FLOWISE_API_URL: upstream.url,
      FLOWISE_API_KEY: upstream.apiKey,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: '100',
      REGISTRATION: 'open',
    };
    server = new ServerProcess({ ...settings, ...env }, serverFromSources);
    // A process that finds work to do at its start may die of it before it listens.
    if ((await server.listening) === undefined) return;
    const api = new ApiClient(server.url);
    const signedIn = await api.logIn(ADMIN.email, ADMIN.password).catch(() => undefined);
    if (signedIn !== undefined) boss = signedIn.api;
  }

  async function someone(): Promise<SignedUp> {
    const user = await new ApiClient(server.url).signUp(`killed-${(users += 1)}@example.com`);
    await user.api.post('/auth/api-keys', { name: 'program' });
    for (let session = 0; session < SESSIONS; session += 1)
      await user.api.post('/predict', { chatflow_id: 'flow', sessionId: `s${session}`, question: WORD });
    await user.api.post('/predict', { chatflow_id: 'assistant', sessionId: 'list', question: 'add milk' });
    return user;
  }

  it(`leaves nothing stuck, at whichever of ${WANTED_KILLS} moments`, async () => {
    let kills = 0;
    for (let next = 0; kills < WANTED_KILLS;) {
      const user = await someone();
      const isErased = async () => {
        const { status, body } = await boss.get(`/users/${user.userId}/erasure`);
        return status === 200 && body.state !== 'erasing';
      };
      await server.kill();
      for (let cut = 0; cut < PER_ERASURE; cut += 1, next += 1) {
        const [point, after] = KILLS[next % KILLS.length] ?? ['user-removed', 0];
        await serve({ FAULT_POINT: point, FAULT_AFTER: String(after) });
        // Later nobody asks again: what was written down is taken up at the start, and cut off somewhere else.
        if (cut === 0) await boss.delete(`/users/${user.userId}`).catch(() => undefined);
        await until(async () => server.hasExited || (await isErased().catch(() => false)));
        if (server.hasExited) kills += 1;
        await server.kill();
      }
      await serve();
      await until(isErased);
      expect((await boss.get(`/users/${user.userId}`)).status).toBe(404);
      const { status } = await new ApiClient(server.url).bearer(user.accessToken).get('/auth/me');
      expect(status).toBe(401);
      expect((await boss.get('/accounting/reconciliation')).body).toMatchObject({ drift: 0, openHolds: 0 });
      await until(() => !JSON.stringify(upstream.remembered('f')).includes(WORD));
      const again = await new ApiClient(server.url).signUp(`killed-${users}@example.com`);
      expect(again.userId).not.toBe(user.userId);
      expect((await again.api.get('/sessions')).body.data).toEqual([]);
      expect((await again.api.get('/auth/api-keys')).body.data).toEqual([]);
      expect((await again.api.get('/accounting/balance')).body).toEqual({ available: 100, held: 0 });
    }
  }, 900_000);
});
