import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultPoint } from '../../src/contract/fault-point.js';
import { openEventStream, type EventStream, type StreamEvent } from '../support/event-stream.js';
import { serverFromSources, ServerProcess } from '../support/server-process.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { seenIn } from '../support/turn-world.js';
import { flowise, flowiseFrame } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { Gate } from '../support/upstream/gate.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };
const CHECKPOINT_MS = 1000;

let upstream: FlowiseReplay;
let dataDir: string;
let server: ServerProcess;
/** What has taken over the data of a process that is gone. */
let successor: TestServer | undefined;
let url: string;
let token: string;

beforeAll(async () => {
  upstream = await startFlowiseReplay();
});
afterAll(() => upstream.close());

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tollgate-process-'));
});
afterEach(async () => {
  await server.kill();
  await successor?.close();
  successor = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

const settings = () => ({
  DATA_DIR: dataDir,
  FLOWISE_API_URL: upstream.url,
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  SIGNUP_CREDITS: '100',
});

async function serve(env: Readonly<Record<string, string>> = {}): Promise<void> {
  server = new ServerProcess({ ...settings(), ...env }, serverFromSources);
  if ((await server.listening) === undefined) throw new Error(server.tail);
  url = server.url;
  await logIn();
  await api('PUT', '/chatflows/flow', {
    name: 'Flow',
    provider: 'flowise',
    upstream: { flowId: 'f' },
    price: { credits: 3 },
    access: { public: true },
  });
}

/** Starts again on what the process has left: in this one, at a fifth of the cost. */
async function takeOver(): Promise<void> {
  successor = await startTestServer(settings());
  url = successor.url;
  await logIn();
}

async function logIn(): Promise<void> {
  const { access_token } = await api('POST', '/auth/login', ADMIN);
  token = String(access_token);
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function api(method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

const ask = (): Promise<EventStream> =>
  openEventStream(`${url}/predict/stream/store`, {
    token,
    body: { chatflow_id: 'flow', question: 'Hi' },
  });

const follow = (turnId: string, after: number): Promise<EventStream> =>
  openEventStream(`${url}/turns/${turnId}/stream?after=${after}`, { token });

/** Everything until the connection ends or breaks. */
async function readToBreak(stream: EventStream, onEvent: (event: StreamEvent) => void = () => undefined) {
  const events: StreamEvent[] = [];
  try {
    for await (const event of stream) {
      if (event.data === undefined) continue;
      events.push(event);
      onEvent(event);
    }
  } catch {
    // The process was killed: what came before is what counts.
  }
  return events;
}

async function whenEnded(turnId: string): Promise<Record<string, unknown>> {
  for (;;) {
    const turn = (await api('GET', `/turns/${turnId}`)) as Record<string, unknown>;
    if (turn.status !== 'running') return turn;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function whenNothingIsHeld(): Promise<void> {
  while ((await api('GET', '/accounting/reconciliation')).openHolds !== 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

async function messagesOf(sessionId: string): Promise<string[]> {
  const { data = [] } = await api('GET', `/sessions/${sessionId}/messages`);
  return (data as { role: string; status: string; content: string }[]).map(
    ({ role, status, content }) => `${role} ${status} ${content}`,
  );
}

async function rowsOf(turnId: string): Promise<string[]> {
  const { data } = await api('GET', '/accounting/transactions?limit=100');
  const rows = (data as { turnId?: string; kind: string; outcome?: string }[]).filter(
    (row) => row.turnId === turnId,
  );
  return rows.map(({ kind, outcome }) => [kind, outcome].join(' ').trim()).reverse();
}

describe('a process that is killed', () => {
  it('leaves a turn that recovery ends as interrupted: what was saved is kept, nothing is charged', async () => {
    await serve();
    const gate = new Gate();
    upstream.respondWith(flowise.gated(gate, 'Saved. ', 'Not saved.'));
    const stream = await ask();
    const turnId = String(stream.headers['x-turn-id']);
    let saved: () => void = () => undefined;
    const firstToken = new Promise<void>((resolve) => (saved = resolve));
    const reading = readToBreak(stream, ({ json }) => {
      if (json.event === 'token') saved();
    });
    gate.release();
    await firstToken;
    // Two checkpoints: the first may just have passed. However late the process is, it begins what is due before it answers these, and
    // its database does one thing after the other.
    await new Promise((resolve) => setTimeout(resolve, 2 * CHECKPOINT_MS + 200));
    for (let time = 0; time < 3; time += 1) await api('GET', `/turns/${turnId}`);
    await server.kill();
    const before = seenIn(await reading);
    expect(before.text).toBe('Saved. ');
    expect(before.ended).toBe(false);

    await takeOver();
    expect(await whenEnded(turnId)).toMatchObject({
      status: 'interrupted',
      charge: { held: 0, captured: 0 },
      error: { code: 'turn_interrupted' },
    });
    expect(await messagesOf(before.sessionId)).toEqual([
      'user interrupted Hi',
      'assistant interrupted Saved. ',
    ]);
    expect(await rowsOf(turnId)).toEqual(['hold', 'release interrupted']);
    const after = seenIn(await readToBreak(await follow(turnId, before.ids.at(-1) ?? 0)));
    expect(after.events).toEqual(['error', 'end']);
    expect(after.error?.code).toBe('turn_interrupted');
    expect(await api('GET', '/accounting/reconciliation')).toMatchObject({ drift: 0, openHolds: 0 });
  });

  it.each<FaultPoint>(['opened', 'held', 'pumped'])('at "%s" leaves nothing that costs', async (point) => {
    await serve({ FAULT_POINT: point });
    upstream.respondWith(flowise.tokens('Hello'));
    const events = await ask().then(readToBreak, () => []);
    expect(await server.exited).toBe('SIGKILL');
    expect(seenIn(events).metadata).toBeUndefined();
    await takeOver();
    await whenNothingIsHeld();
    const { data } = await api('GET', '/accounting/transactions?limit=100');
    const kinds = (data as { kind: string }[]).map(({ kind }) => kind).filter((kind) => kind !== 'grant');
    expect(kinds.reverse()).toEqual(point === 'opened' ? [] : ['hold', 'release']);
    expect(await api('GET', '/accounting/reconciliation')).toMatchObject({ drift: 0, openHolds: 0 });
  });

  it.each<FaultPoint>(['decided', 'messages-stored', 'charged', 'finished', 'ended'])(
    'at "%s" leaves a turn that ends as it was decided, charged once',
    async (point) => {
      await serve({ FAULT_POINT: point });
      upstream.respondWith(flowise.tokens('Hel', 'lo'));
      const stream = await ask();
      const turnId = String(stream.headers['x-turn-id']);
      const before = seenIn(await readToBreak(stream));
      expect(await server.exited).toBe('SIGKILL');
      await takeOver();
      expect(await whenEnded(turnId)).toMatchObject({
        status: 'completed',
        charge: { held: 0, captured: 3 },
      });
      expect(await messagesOf(String(stream.headers['x-session-id']))).toEqual([
        'user completed Hi',
        'assistant completed Hello',
      ]);
      expect(await rowsOf(turnId)).toEqual(['hold', 'capture completed']);
      const after = seenIn(await readToBreak(await follow(turnId, before.ids.at(-1) ?? 0)));
      expect(before.text + after.text).toBe('Hello');
      expect([...before.events, ...after.events].slice(-2)).toEqual(['metadata', 'end']);
    },
  );
});

describe('a signal', () => {
  /** An answer that stays open until the test lets it end. */
  function openAnswer(): Gate {
    const gate = new Gate();
    upstream.respondWith(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(flowiseFrame('token', 'Hel'));
      await gate.wait();
      response.end(flowiseFrame('token', 'lo') + flowiseFrame('end', '[DONE]'));
    });
    return gate;
  }

  async function askAndTerminate(signal: NodeJS.Signals = 'SIGTERM') {
    const stream = await ask();
    let begun: () => void = () => undefined;
    const firstToken = new Promise<void>((resolve) => (begun = resolve));
    const reading = readToBreak(stream, ({ json }) => {
      if (json.event === 'token') begun();
    });
    await firstToken;
    server.signal(signal);
    return {
      reading,
      sessionId: String(stream.headers['x-session-id']),
      turnId: String(stream.headers['x-turn-id']),
    };
  }

  /** New turns are refused from the signal on; it takes a moment to arrive. */
  async function expectRefusal(): Promise<void> {
    for (;;) {
      const response = await fetch(`${url}/predict`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ chatflow_id: 'assistant', question: 'help' }),
      });
      const body = (await response.json()) as { code?: string };
      if (response.status === 200) continue;
      expect(response.status).toBe(503);
      expect(body.code).toBe('overloaded');
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      return;
    }
  }

  it('leaves time to balancers: not ready, but taking turns, and a second one does not wait', async () => {
    await serve({ SHUTDOWN_DELAY_MS: '300000', ASSISTANT_DELAY_MS: '0' });
    server.signal('SIGTERM');
    let ready: Response;
    do ready = await fetch(`${url}/health/ready`);
    while (ready.status === 200);
    expect(await ready.json()).toMatchObject({ lifecycle: 'leaving' });
    const answer = await fetch(`${url}/predict`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ chatflow_id: 'assistant', question: 'help' }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
    server.signal('SIGTERM');
    expect(await server.exited).toBe(1);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)(
    '(%s) lets a running turn end within the grace period, refuses new ones, and exits with 0',
    async (signal) => {
      await serve({ SHUTDOWN_GRACE_MS: '600000', ASSISTANT_DELAY_MS: '0' });
      const gate = openAnswer();
      const { reading, sessionId } = await askAndTerminate(signal);
      await expectRefusal();
      expect((await fetch(`${url}/health/ready`)).status).toBe(503);
      expect(server.hasExited).toBe(false);
      gate.open();
      const seen = seenIn(await reading);
      expect(seen.text).toBe('Hello');
      expect(seen.events.slice(-2)).toEqual(['metadata', 'end']);
      expect(await server.exited).toBe(0);
      await takeOver();
      expect(await messagesOf(sessionId)).toEqual(['user completed Hi', 'assistant completed Hello']);
    },
  );

  it('interrupts and settles what runs longer, tells its clients, and exits with 0', async () => {
    await serve({ SHUTDOWN_GRACE_MS: '700' });
    openAnswer();
    const { reading, turnId, sessionId } = await askAndTerminate();
    const seen = seenIn(await reading);
    expect(seen.events.slice(-2)).toEqual(['error', 'end']);
    expect(seen.error?.code).toBe('turn_interrupted');
    expect(await server.exited).toBe(0);
    await takeOver();
    expect(await rowsOf(turnId)).toEqual(['hold', 'release interrupted']);
    expect(await messagesOf(sessionId)).toEqual(['user interrupted Hi', 'assistant interrupted Hel']);
    expect(await api('GET', '/accounting/reconciliation')).toMatchObject({ drift: 0, openHolds: 0 });
  });

  it('exits with 0 although a client keeps its connections and a follower its stream', async () => {
    await serve({ SHUTDOWN_GRACE_MS: '300' });
    openAnswer();
    const { reading, turnId } = await askAndTerminate();
    const follower = await follow(turnId, 0).then(readToBreak, () => []);
    await reading;
    expect(await server.exited).toBe(0);
    expect(follower.length === 0 || seenIn(follower).events.at(-1) === 'end').toBe(true);
  });
});
