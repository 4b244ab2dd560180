import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminsServer } from '../support/admins-server.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../support/upstream/flowise-upstream.js';

const TURNS = 100;
const LOG = 'v8.log';
/** The server's and the embedded database's. */
const THREADS = 2;
/** So that what is done every quarter of a second is done far less often than once a turn, on a slow machine too. */
const AT_ONCE = 20;
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
  let server: AdminsServer;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-shapes-'));
    upstream = await startFlowiseUpstream('flow');
    const settings = {
      CONCURRENT_TURNS: '1000',
      FLOWISE_API_URL: upstream.url,
      FLOWISE_API_KEY: upstream.apiKey,
      DEFAULT_CHATFLOW: 'flow',
    };
    // A file for each thread.
    server = await AdminsServer.start(dataDir, settings, ['--log-maps', `--logfile=${join(dataDir, LOG)}`]);
  });
  afterAll(async () => {
    await server.process.kill();
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

  it('has the same shapes each time', async () => {
    const token = await server.logIn();
    const flow = {
      name: 'Flow',
      provider: 'flowise',
      upstream: { flowId: 'flow' },
      price: { credits: 1 },
      access: { public: true },
    };
    expect((await server.send('PUT', '/chatflows/flow', flow, token)).status).toBe(201);
    const question = { chatflow_id: 'flow', question: 'Hi' };
    const ask = async (): Promise<void> => {
      const answer = await server.post('/predict/stream/store', question, token);
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
    server.process.signal('SIGTERM');
    await server.process.exited;

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
