import { connect, type Socket } from 'node:net';
import { LiveTurns } from '../../src/chat/turn/run/live-turns.js';
import { flowise, flowiseFrame } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import { readRest, readUntilText } from '../support/read-until.js';
import { readWhole, seenIn, TurnWorld, type StoredTurn } from '../support/turn-world.js';
import type { TestUser } from '../support/test-server.js';
import type { EventStream, StreamEvent } from '../support/event-stream.js';
import { until } from '../support/until.js';

const CREDITS = 10;

let world: TurnWorld;
/** New for every test, so that its balance tells about one turn only. */
let user: TestUser;

beforeAll(async () => {
  world = await TurnWorld.start();
  await world.putChatflow('free-stop', { chargeOnStop: false });
  await world.putChatflow('stops', { onDisconnect: 'stop' });
  await world.putChatflow('stops-later', { onDisconnect: { stopAfterSeconds: 1 } });
  await world.putChatflow('stops-much-later', { onDisconnect: { stopAfterSeconds: 600 } });
});
afterAll(() => world.close());
beforeEach(async () => {
  user = await world.server.registerUser({ credits: CREDITS });
});
afterEach(async () => {
  expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
});

const captured: Partial<StoredTurn> = {
  captured: 1,
  rows: ['hold', 'capture'],
  balance: { available: CREDITS - 1, held: 0 },
};
const released: Partial<StoredTurn> = {
  captured: 0,
  rows: ['hold', 'release'],
  balance: { available: CREDITS, held: 0 },
};

/** Gives its tokens, then says nothing more until the test ends it. */
function openAnswer(...tokens: readonly string[]): Gate {
  const gate = new Gate();
  world.upstream.respondWith(async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const token of tokens) response.write(flowiseFrame('token', token));
    // Alive, so that only the test decides how the turn ends.
    const timer = setInterval(() => response.write(flowiseFrame('agentTrace', 'still here')), 100);
    response.once('close', () => {
      clearInterval(timer);
    });
    await gate.wait();
    clearInterval(timer);
    response.end(flowiseFrame('end', '[DONE]'));
  });
  return gate;
}

/** Reads on until this event has come. */
async function readUntil(stream: EventStream, event: string): Promise<AsyncIterator<StreamEvent>> {
  const events = stream[Symbol.asyncIterator]();
  for (let next = await events.next(); !next.done; next = await events.next())
    if (next.value.json?.event === event) return events;
  throw new Error(`The stream ended before ${event}`);
}

const stop = async (turnId: string): Promise<Record<string, unknown>> =>
  (await world.server.request.post(`/turns/${turnId}/stop`).auth(user.token, { type: 'bearer' }).expect(200))
    .body;

describe('a turn whose upstream is done', () => {
  it('is completed, stored and captured when there is content', async () => {
    world.upstream.respondWith(flowise.tokens('Hel', 'lo'));
    const seen = await world.askWhole({ user });
    expect(seen).toMatchObject({ text: 'Hello', ended: true, metadata: { charged: 1, turnId: seen.turnId } });
    expect(seen.events.slice(-2)).toEqual(['metadata', 'end']);
    expect(await world.stored(seen.turnId, user)).toEqual({
      ...captured,
      status: 'completed',
      errorCode: undefined,
      messages: ['user completed Hi', 'assistant completed Hello'],
    });
  });

  it('is failed and released when there is none', async () => {
    world.upstream.respondWith(flowise.tokens());
    const seen = await world.askWhole({ user });
    expect(seen.events).toEqual(['session_id', 'error', 'end']);
    expect(seen.error?.code).toBe('upstream_failed');
    expect(await world.stored(seen.turnId, user)).toEqual({
      ...released,
      status: 'failed',
      errorCode: 'upstream_failed',
      messages: [],
    });
  });

  it('shows its first content before the upstream has finished', async () => {
    const gate = openAnswer('first');
    const events = await readUntil(await world.ask({ user }), 'token');
    // Only now may the upstream go on.
    gate.open();
    expect(seenIn(await readRest(events)).events.slice(-2)).toEqual(['metadata', 'end']);
  });
});

/** The tests of a group have a world of their own, with these settings. */
function inAnotherWorld(settings: Readonly<Record<string, string>>): void {
  let usual: TurnWorld;
  beforeAll(async () => {
    usual = world;
    world = await TurnWorld.start(settings);
  });
  afterAll(async () => {
    await world.close();
    world = usual;
  });
}

describe('a turn that says too much', () => {
  it('is failed and released when the answer is longer than 4 M characters', async () => {
    world.upstream.respondWith(flowise.tokens(...Array.from({ length: 9 }, () => 'x'.repeat(500_000))));
    const seen = await world.askWhole({ user });
    expect(seen.error).toEqual({
      code: 'upstream_failed',
      message: 'The answer is longer than a turn may be.',
    });
    expect(seen.text.length).toBe(4_000_000);
    expect(await world.stored(seen.turnId, user)).toMatchObject({
      ...released,
      status: 'failed',
      messages: [],
    });
  });
});

describe('a turn whose upstream has little time to say something', () => {
  inAnotherWorld({ UPSTREAM_IDLE_TIMEOUT_MS: '400' });

  it('is failed and released when the upstream falls silent', async () => {
    world.upstream.respondWith(flowise.hangAfter(['Hel']));
    const seen = await world.askWhole({ user });
    expect(seen.error?.code).toBe('upstream_timeout');
    expect(seen.events.slice(-2)).toEqual(['error', 'end']);
    expect(await world.stored(seen.turnId, user)).toMatchObject({
      ...released,
      status: 'failed',
      messages: [],
    });
  });
});

describe('a turn that has little time', () => {
  inAnotherWorld({ TURN_TIMEOUT_MS: '1500' });

  it('is failed and released after TURN_TIMEOUT_MS, however busy the upstream is', async () => {
    openAnswer('Hel');
    const seen = await world.askWhole({ user });
    expect(seen.error?.code).toBe('upstream_timeout');
    expect(seen.events.slice(-2)).toEqual(['error', 'end']);
    expect(await world.stored(seen.turnId, user)).toMatchObject({
      ...released,
      status: 'failed',
      errorCode: 'upstream_timeout',
      messages: [],
    });
  });
});

describe('a turn that its user stops', () => {
  it.each([
    ['agentflow2', true],
    ['chain', false],
  ] as const)(
    'keeps and charges what was said, and says whether the upstream has stopped: %s, %s',
    async (kind, upstreamAcknowledged) => {
      const gate = new Gate();
      world.upstream.runAs({ kind, gate, answer: () => ['Hel', 'lo', ' world'] });
      const abortsBefore = world.upstream.aborts.length;
      const stream = await world.ask({ user });
      const turnId = String(stream.headers['x-turn-id']);
      gate.release(2);
      const events = await readUntilText(stream, 'Hello');
      const proof = await stop(turnId);
      expect(proof).toEqual({
        turnId,
        status: 'stopped',
        charged: 1,
        keptCharacters: 5,
        upstreamAcknowledged,
      });
      const request = world.upstream.requests.at(-1);
      expect(world.upstream.aborts.slice(abortsBefore)).toMatchObject([
        { flowId: 'flow', chatId: request?.body.chatId },
      ]);
      await request?.closed;
      const seen = seenIn(await readRest(events));
      expect(seen.events.slice(-2)).toEqual(['error', 'end']);
      expect(seen.error?.code).toBe('turn_stopped');
      expect(await world.stored(turnId, user)).toMatchObject({
        ...captured,
        status: 'stopped',
        messages: ['user stopped Hi', 'assistant stopped Hello'],
      });
      expect(await stop(turnId)).toMatchObject({ status: 'stopped', charged: 1, keptCharacters: 5 });
      gate.open();
      await world.upstream.whenIdle();
      expect(world.upstream.runs.at(-1)?.state).toBe(upstreamAcknowledged ? 'aborted' : 'ended');
    },
  );

  it('says so when the upstream did not acknowledge', async () => {
    openAnswer('Hel');
    world.upstream.respondToAbortWith(flowise.status(500));
    const stream = await world.ask({ user });
    await readUntil(stream, 'token');
    expect(await stop(String(stream.headers['x-turn-id']))).toMatchObject({ upstreamAcknowledged: false });
    world.upstream.respondToAbortWith();
  });

  it('keeps what was said and charges nothing where the chatflow says so', async () => {
    openAnswer('Hello');
    const stream = await world.ask({ user, chatflowId: 'free-stop' });
    const turnId = String(stream.headers['x-turn-id']);
    await readUntil(stream, 'token');
    expect(await stop(turnId)).toMatchObject({ status: 'stopped', charged: 0, keptCharacters: 5 });
    expect(await world.stored(turnId, user)).toMatchObject({
      ...released,
      status: 'stopped',
      messages: ['user stopped Hi', 'assistant stopped Hello'],
    });
  });

  it('is released and stores nothing when nothing was said yet', async () => {
    openAnswer();
    const stream = await world.ask({ user });
    const turnId = String(stream.headers['x-turn-id']);
    expect(await stop(turnId)).toMatchObject({ status: 'stopped', charged: 0, keptCharacters: 0 });
    expect((await readWhole(stream)).events).toEqual(expect.arrayContaining(['error', 'end']));
    expect(await world.stored(turnId, user)).toMatchObject({ ...released, status: 'stopped', messages: [] });
  });

  it('answers how it ended when it was over already', async () => {
    world.upstream.respondWith(flowise.tokens('Hello'));
    const { turnId } = await world.askWhole({ user });
    expect(await stop(turnId)).toMatchObject({ turnId, status: 'completed', charged: 1, keptCharacters: 5 });
  });

  it('cannot be stopped by anybody else', async () => {
    const gate = openAnswer('Hello');
    const stream = await world.ask({ user });
    const stranger = await world.server.registerUser();
    await world.server.request
      .post(`/turns/${String(stream.headers['x-turn-id'])}/stop`)
      .auth(stranger.token, { type: 'bearer' })
      .expect(404);
    gate.open();
    expect((await readWhole(stream)).metadata).toBeDefined();
  });
});

describe('a turn that nobody watches', () => {
  it('goes on and is captured where the chatflow says nothing', async () => {
    const gate = openAnswer('Hello');
    const stream = await world.ask({ user });
    await readUntil(stream, 'token');
    stream.abort();
    // The upstream ends only once the server has noticed: its next write would fail otherwise.
    const turnId = String(stream.headers['x-turn-id']);
    const { stream: log } = world.server.get(LiveTurns).find(turnId) ?? {};
    await until(() => log?.readerCount === 0);
    gate.open();
    expect(await world.stored(turnId, user)).toMatchObject({
      ...captured,
      status: 'completed',
    });
  });

  it('is stopped at once where the chatflow says `stop`', async () => {
    openAnswer('Hello');
    const stream = await world.ask({ user, chatflowId: 'stops' });
    await readUntil(stream, 'token');
    stream.abort();
    expect(await world.stored(String(stream.headers['x-turn-id']), user)).toMatchObject({
      ...captured,
      status: 'stopped',
      errorCode: 'turn_stopped',
      messages: ['user stopped Hi', 'assistant stopped Hello'],
    });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closes its side of the connection (FIN)', (socket) => socket.end()],
    ['resets the connection (RST)', (socket) => socket.resetAndDestroy()],
  ])('is noticed when its client %s', async (_way, leave) => {
    openAnswer('Hello');
    const socket = connect(Number(new URL(world.server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const body = JSON.stringify({ chatflow_id: 'stops', question: 'Hi' });
    socket.write(
      `POST /predict/stream/store HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${user.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    let answer = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        answer += String(chunk);
        if (answer.includes('"token"')) resolve();
      });
    });
    leave(socket);
    const turnId = /x-turn-id: (\S+)/i.exec(answer)?.[1] ?? '';
    expect(await world.stored(turnId, user)).toMatchObject({ ...captured, status: 'stopped' });
  });

  it('runs on for `stopAfterSeconds`, and to its end when somebody comes back in time', async () => {
    openAnswer('Hello');
    const left = await world.ask({ user, chatflowId: 'stops-later' });
    await readUntil(left, 'token');
    left.abort();
    expect(await world.stored(String(left.headers['x-turn-id']), user)).toMatchObject({ status: 'stopped' });

    const gate = openAnswer('Hello');
    const watched = await world.ask({ user, chatflowId: 'stops-much-later' });
    const turnId = String(watched.headers['x-turn-id']);
    await readUntil(watched, 'token');
    watched.abort();
    const back = await world.server.stream(`/turns/${turnId}/stream`, { token: user.token });
    gate.open();
    expect((await readWhole(back)).metadata).toBeDefined();
    expect(await world.stored(turnId, user)).toMatchObject({ status: 'completed' });
  });

  it('counts a client that waits for a whole answer as watching until it leaves', async () => {
    openAnswer('Hello');
    const requestsBefore = world.upstream.requests.length;
    const leaving = new AbortController();
    const waiting = world.server
      .stream('/predict', {
        token: user.token,
        body: { chatflow_id: 'stops', question: 'Hi' },
        signal: leaving.signal,
      })
      .catch(() => undefined);
    const request = await world.upstream.request(requestsBefore);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(request.clientLeft).toBe(false);
    leaving.abort();
    await waiting;
    await request.closed;
    expect(request.clientLeft).toBe(true);
  });
});

describe('a hold that is refused', () => {
  it('makes no turn: 402 with what is needed, nothing called, nothing stored', async () => {
    const poor = await world.server.registerUser({ credits: 0 });
    const requestsBefore = world.upstream.requests.length;
    const stream = await world.ask({ user: poor });
    expect(stream.status).toBe(402);
    expect(JSON.parse(await stream.text())).toMatchObject({
      code: 'insufficient_credits',
      required: 1,
      available: 0,
    });
    expect(world.upstream.requests.length).toBe(requestsBefore);
    expect(await world.server.read('/sessions', poor.token)).toMatchObject({ data: [] });
    expect(await world.server.read('/accounting/balance', poor.token)).toEqual({ available: 0, held: 0 });
  });
});
