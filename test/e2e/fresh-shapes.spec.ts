import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverFromSources, ServerProcess } from '../support/server-process.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../support/upstream/flowise-upstream.js';

const TURNS = 100;
const LOG = 'v8.log';
/** The server's and the embedded database's. */
const THREADS = 2;
/** So that what is done every quarter of a second is done far less often than once a turn, on a slow machine too. */
const AT_ONCE = 20;
const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };
/** Node 20 makes each `AbortSignal` of an `EventTarget`. */
const OF_NODE = ['kAborted', 'kReason', 'kComposite'];

/** How often V8 has made a shape that adds a property of this name. */
function shapesIn(log: string): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const line of log.split('\n')) {
    if (!line.startsWith('map,Transition,')) continue;
    const name = line.split(',').at(-1) ?? '';
    times.set(name, (times.get(name) ?? 0) + 1);
  }
  return times;
}

/**
 * An object that is made by `{ ...copied, added }` has a shape (V8's hidden class) of its own each time, and no inline cache knows any of them: decision 0010.
 * V8 tells of each new shape in its log.
 */
describe('what a turn makes', () => {
  let dataDir: string;
  let upstream: FlowiseUpstream;
  let server: ServerProcess;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-shapes-'));
    upstream = await startFlowiseUpstream('flow');
    const settings = {
      DATA_DIR: dataDir,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: '1000',
      TURNS_PER_MINUTE: '100000',
      CONCURRENT_TURNS: '1000',
      FLOWISE_API_URL: upstream.url,
      FLOWISE_API_KEY: upstream.apiKey,
      DEFAULT_CHATFLOW: 'flow',
      LOG_LEVEL: 'error',
    };
    // A file for each thread.
    const options = ['--log-maps', `--logfile=${join(dataDir, LOG)}`];
    server = new ServerProcess(settings, [...options, ...serverFromSources]);
    if ((await server.listening) === undefined) throw new Error(server.tail);
  });
  afterAll(async () => {
    await server.kill();
    await upstream.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const logs = async (): Promise<ReadonlyMap<string, string>> => {
    const files = (await readdir(dataDir)).filter((file) => file.endsWith(LOG));
    return new Map(
      await Promise.all(
        files.map(async (file) => [file, await readFile(join(dataDir, file), 'latin1')] as const),
      ),
    );
  };
  const send = (method: string, path: string, body: object, token?: string): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });

  it('has the same shapes each time', async () => {
    const { access_token: token } = (await (await send('POST', '/auth/login', ADMIN)).json()) as {
      access_token: string;
    };
    const flow = {
      name: 'Flow',
      provider: 'flowise',
      upstream: { flowId: 'flow' },
      price: { credits: 1 },
      access: { public: true },
    };
    expect((await send('PUT', '/chatflows/flow', flow, token)).status).toBe(201);
    const question = { chatflow_id: 'flow', question: 'Hi' };
    const ask = async (): Promise<void> => {
      const answer = await send('POST', '/predict/stream/store', question, token);
      expect([answer.status, (await answer.text()).includes('"charged":1')]).toEqual([200, true]);
    };
    const askAll = async (): Promise<void> => {
      for (let asked = 0; asked < TURNS; asked += AT_ONCE)
        await Promise.all(Array.from({ length: AT_ONCE }, ask));
    };
    // What comes of the start, and of turns for the first time, is not looked at.
    await askAll();
    const before = await logs();
    await askAll();
    server.signal('SIGTERM');
    await server.exited;

    const after = await logs();
    expect(after.size).toBe(THREADS);
    const fresh: string[] = [];
    for (const [file, log] of after) {
      const { length } = before.get(file) ?? '';
      // That this thread tells of its shapes.
      expect(shapesIn(log.slice(0, length)).size).toBeGreaterThan(100);
      for (const [name, times] of shapesIn(log.slice(length))) if (times >= 0.9 * TURNS) fresh.push(name);
    }
    expect(fresh.filter((name) => !OF_NODE.some((one) => name.includes(one)))).toEqual([]);
  });
});
