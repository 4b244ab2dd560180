import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCuttingProxy, type CuttingProxy, type Fate } from '../support/cutting-proxy.js';
import { readTurn } from '../support/read-turn.js';
import {
  followWithEventSource,
  followWithHeader,
  followWithQuery,
  type ResumingClient,
  type Resumed,
} from '../support/resuming-clients.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { flowise, flowiseFrame } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../support/upstream/flowise-upstream.js';
import { Gate } from '../support/upstream/gate.js';

/** Hundreds of connections each. */

const TOKENS = [
  'One ',
  'two, ',
  'Brücke 🙂',
  ' three ',
  '👩‍👩‍👧 ',
  '"four"\n',
  'five ',
  'данные ',
  'six ',
  'seven.',
];
const TEXT = TOKENS.join('');
const DOCUMENTS = [{ pageContent: 'Milk is 3.5 % fat.', metadata: { source: 'milk.txt' } }];
/** Text between other events, so that positions are more than a count of characters. */
const FRAMES = [
  ...TOKENS.slice(0, 4).map((token) => flowiseFrame('token', token)),
  flowiseFrame('sourceDocuments', DOCUMENTS),
  ...TOKENS.slice(4, 8).map((token) => flowiseFrame('token', token)),
  flowiseFrame('usedTools', [{ tool: 'clock', toolInput: {}, toolOutput: '12:00' }]),
  ...TOKENS.slice(8).map((token) => flowiseFrame('token', token)),
];

const CLIENTS: readonly (readonly [string, ResumingClient])[] = [
  ['fetch with Last-Event-ID', followWithHeader],
  ['fetch with ?after=', followWithQuery],
  ['EventSource', followWithEventSource],
];

/** Everything that a client may never see otherwise, however often it came back. */
function expectWhole(seen: Resumed, text = TEXT): void {
  expect(seen.text).toBe(text);
  expect(seen.ids).toEqual([...new Set(seen.ids)].sort((a, b) => a - b));
  expect(seen.events.filter((event) => event !== 'token')).toEqual([
    'session_id',
    'sourceDocuments',
    'usedTools',
    'metadata',
    'end',
  ]);
  expect(seen.ended).toBe(true);
}

const cut = (where: Omit<Fate, 'kind'>): Fate => ({ kind: 'cut', ...where });

/** One to five cuts at random bytes of the stream. */
function randomCuts(streamBytes: number): Fate[] {
  const count = 1 + Math.floor(Math.random() * 5);
  return Array.from({ length: count }, () =>
    cut({ afterBytes: 1 + Math.floor((Math.random() * streamBytes) / count) }),
  );
}

let upstream: FlowiseUpstream;
let dataDir: string;
let server: TestServer;
let proxy: CuttingProxy;
let user: TestUser;

async function serve(): Promise<void> {
  server = await startTestServer({
    DATA_DIR: dataDir,
    FLOWISE_API_URL: upstream.url,
    TURNS_PER_MINUTE: '100000',
  });
  proxy = await startCuttingProxy(server.url);
}

beforeAll(async () => {
  upstream = await startFlowiseUpstream('f');
  dataDir = await mkdtemp(join(tmpdir(), 'tollgate-resume-'));
  await serve();
  const { token } = await server.admin();
  await server.request
    .put('/chatflows/flow')
    .auth(token, { type: 'bearer' })
    .send({
      name: 'Flow',
      provider: 'flowise',
      upstream: { flowId: 'f' },
      price: { credits: 1 },
      access: { public: true },
    })
    .expect(201);
  user = await server.registerUser();
});

afterAll(async () => {
  await proxy.close();
  await server.close();
  await upstream.close();
  await rm(dataDir, { recursive: true, force: true });
});

const ask = (): ReturnType<TestServer['stream']> =>
  server.stream('/predict/stream/store', {
    token: user.token,
    body: { chatflow_id: 'flow', question: 'Hi' },
  });

const streamOf = (turnId: string) => ({ url: `${proxy.url}/turns/${turnId}/stream`, token: user.token });

/** Asks, with an upstream that gives one frame for each pass of the gate. */
async function askGated(gate: Gate): Promise<{ readonly turnId: string; readonly leave: () => void }> {
  upstream.respondWith(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const frame of [...FRAMES, flowiseFrame('end', '[DONE]')]) {
      await gate.wait();
      response.write(frame);
    }
    response.end();
  });
  const stream = await ask();
  // Nobody reads this connection on: the turn must not care.
  return {
    turnId: String(stream.headers['x-turn-id']),
    leave: () => {
      stream.abort();
    },
  };
}

/** The bytes of the whole stream as the server sends them now. */
async function rawStream(turnId: string): Promise<string> {
  const stream = await server.stream(`/turns/${turnId}/stream`, { token: user.token });
  expect(stream.status).toBe(200);
  return stream.text();
}

describe('resuming a turn that has ended', () => {
  let turnId: string;
  let raw: string;

  beforeAll(async () => {
    upstream.respondWith(flowise.raw(...FRAMES, flowiseFrame('end', '[DONE]')));
    const stream = await ask();
    turnId = String(stream.headers['x-turn-id']);
    const live = readTurn((await stream.events()).map(({ id, data = '' }) => ({ id, data })));
    expect(live.text).toBe(TEXT);
    raw = await rawStream(turnId);
  });

  const everyClientAtEveryCut = (): void => {
    it.each(CLIENTS)('%s gets it whole, cut behind every event', async (_name, client) => {
      const events = raw.split('\n\n').length - 1;
      expect(events).toBeGreaterThan(6);
      for (let event = 0; event <= events; event += 1) {
        proxy.plan(cut({ afterEvents: event }));
        const seen = await client(streamOf(turnId));
        expectWhole(seen);
        expect(seen.connections).toBeGreaterThan(1);
      }
    });

    it.each(CLIENTS)('%s gets it whole, cut one to five times at random bytes', async (name, client) => {
      // An EventSource waits between its connections, the others do not.
      const rounds = name === 'EventSource' ? 15 : 60;
      for (let round = 0; round < rounds; round += 1) {
        const cuts = randomCuts(Buffer.byteLength(raw));
        proxy.plan(...cuts);
        expectWhole(await client(streamOf(turnId)));
      }
      proxy.plan();
    });

    it('can be resumed at every position there is, also inside of a text', async () => {
      const whole = await followWithHeader(streamOf(turnId));
      const last = whole.ids.at(-1) ?? 0;
      let left = TEXT;
      for (let after = 0; after < last; after += 1) {
        const { ids, ended, text } = await followWithHeader({ ...streamOf(turnId), after });
        expect(ended).toBe(true);
        expect(ids.every((id) => id > after)).toBe(true);
        expect(ids.at(-1)).toBe(last);
        // One position further is at most one character less.
        expect([left, left.slice(1)]).toContain(text);
        left = text;
      }
      expect(left).toBe('');
    });

    it('answers 204 when the end was seen, by header and by query', async () => {
      const last = (await followWithHeader(streamOf(turnId))).ids.at(-1);
      const path = `/turns/${turnId}/stream`;
      const auth = { authorization: `Bearer ${user.token}` };
      await server.request.get(path).set(auth).set('last-event-id', String(last)).expect(204);
      await server.request.get(`${path}?after=${last}`).set(auth).expect(204);
    });
  };

  describe('from its live log', () => {
    everyClientAtEveryCut();
  });

  describe('from the stored answer', () => {
    beforeAll(async () => {
      await proxy.close();
      await server.close();
      await serve();
    });

    it('has the very bytes that the live log had', async () => {
      expect(await rawStream(turnId)).toBe(raw);
    });

    everyClientAtEveryCut();
  });
});

describe('resuming a turn that runs', () => {
  it.each(CLIENTS)('%s gets it whole, cut behind every event as it comes', async (_name, client) => {
    for (let event = 0; event <= FRAMES.length + 2; event += 1) {
      const gate = new Gate();
      const { turnId, leave } = await askGated(gate);
      proxy.plan(cut({ afterEvents: event }));
      const following = client(streamOf(turnId));
      for (let given = 0; given <= FRAMES.length; given += 1) {
        gate.release();
        // A turn of the loop for each frame, so that most come as events of their own.
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expectWhole(await following);
      leave();
    }
  });

  it.each(CLIENTS)('%s gets it whole, cut one to five times at random bytes', async (_name, client) => {
    for (let round = 0; round < 12; round += 1) {
      const gate = new Gate();
      const { turnId, leave } = await askGated(gate);
      proxy.plan(...randomCuts(900));
      const following = client(streamOf(turnId));
      for (let given = 0; given <= FRAMES.length; given += 1) {
        gate.release();
        if (Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.random() * 6));
      }
      expectWhole(await following);
      leave();
    }
    proxy.plan();
  });

  it('serves several at once, each with breaks of its own, and the client that asked', async () => {
    const gate = new Gate();
    upstream.respondWith(flowise.gated(gate, ...TOKENS));
    const stream = await ask();
    const turnId = String(stream.headers['x-turn-id']);
    const asker = stream.events();
    proxy.plan(...Array.from({ length: 12 }, () => cut({ afterBytes: Math.floor(Math.random() * 600) })));
    const followers = CLIENTS.flatMap(([, client]) => [client(streamOf(turnId)), client(streamOf(turnId))]);
    for (let given = 0; given <= TOKENS.length; given += 1) {
      gate.release();
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    for (const seen of await Promise.all(followers)) expect(seen.text).toBe(TEXT);
    expect(readTurn((await asker).map(({ id, data = '' }) => ({ id, data }))).text).toBe(TEXT);
    proxy.plan();
  });

  it('is found by its session, also when it is the first turn of it', async () => {
    const gate = new Gate();
    const { turnId, leave } = await askGated(gate);
    const sessionId = (await server.read(`/turns/${turnId}`, user.token)).sessionId as string;
    expect(await server.read(`/sessions/${sessionId}`, user.token)).toMatchObject({ activeTurnId: turnId });
    leave();
    gate.open();
    expectWhole(await followWithHeader(streamOf(turnId)));
    expect(await server.read(`/sessions/${sessionId}`, user.token)).not.toHaveProperty('activeTurnId');
  });

  it('sends nothing twice and keeps the connection open when everything so far was seen', async () => {
    const gate = new Gate();
    const { turnId, leave } = await askGated(gate);
    gate.release(2);
    const first = await server.stream(`/turns/${turnId}/stream`, { token: user.token });
    const seen: number[] = [];
    for await (const { id, json } of first) {
      seen.push(Number(id));
      if (String(json?.data).endsWith(TOKENS[1] ?? '')) break;
    }
    const behind = server.stream(`/turns/${turnId}/stream?after=${seen.at(-1)}`, { token: user.token });
    gate.open();
    const rest = readTurn((await (await behind).events()).map(({ id, data = '' }) => ({ id, data })));
    expect(rest.text).toBe(TOKENS.slice(2).join(''));
    expect(Math.min(...rest.ids)).toBeGreaterThan(seen.at(-1) ?? 0);
    leave();
  });

  it('refuses a position that is none, and anybody else', async () => {
    const { body } = await server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send({ chatflow_id: 'assistant', question: 'List my tasks' })
      .expect(200);
    const path = `/turns/${body.turnId}/stream`;
    await server.request.get(`${path}?after=x`).auth(user.token, { type: 'bearer' }).expect(400);
    const stranger = await server.registerUser();
    await server.request.get(path).auth(stranger.token, { type: 'bearer' }).expect(404);
  });
});
