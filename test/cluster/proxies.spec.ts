import { request as httpRequest } from 'node:http';
import { openEventStream, type EventStream } from '../support/event-stream.js';
import { readRest, readUntilText } from '../support/read-until.js';
import { readWhole, seenIn, TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import { describeProxies } from './proxies/all-proxies.js';
import type { RunningProxy } from './proxies/proxy-program.js';

const FAILED_LOGINS = 3;
/** Longer than any of these tests: nothing here comes about by a heartbeat. */
const NO_HEARTBEAT_MS = '60000';
const HEARTBEAT_MS = 250;
/** So long that a busy machine is not taken for a peer that is gone. */
const IDLE_S = 5;
const ENOUGH_HEARTBEATS = (1.5 * IDLE_S * 1000) / HEARTBEAT_MS;
const LARGE = 2 * 1024 * 1024;

async function openStreams({ server }: TurnWorld): Promise<string | undefined> {
  return /^tollgate_open_streams (\d+)$/m.exec((await server.request.get('/metrics')).text)?.[1];
}

describeProxies('one instance', (program) => {
  let world: TurnWorld;
  let proxy: RunningProxy;
  let gate: Gate;
  let sessions = 0;

  beforeAll(async () => {
    world = await TurnWorld.start({
      TRUST_PROXY_HOPS: '1',
      HEARTBEAT_INTERVAL_MS: NO_HEARTBEAT_MS,
      LOGIN_FAILURES_PER_ADDRESS: String(FAILED_LOGINS),
    });
    proxy = await program.start([new URL(world.server.url).host]);
  });
  afterAll(async () => {
    await proxy.close();
    await world.close();
  });
  beforeEach(() => {
    gate = new Gate();
    world.upstream.respondWith(flowise.gated(gate, 'one ', 'two ', 'three'));
  });
  afterEach(() => gate.open());

  const ask = (sessionId: string, question = 'Hi', at = proxy.url): Promise<EventStream> =>
    openEventStream(`${at}/predict/stream/store`, {
      token: world.user.token,
      body: { chatflow_id: 'flow', question, sessionId },
    });
  const newSession = () => `s${++sessions}`;

  it('hands on each event as it comes', async () => {
    const stream = await ask(newSession());
    expect(stream.headers['content-type']).toContain('text/event-stream');
    gate.release();
    const rest = await readUntilText(stream, 'one ');
    gate.release();
    const { value } = (await rest.next()) as { value: { json: unknown } };
    expect(value.json).toMatchObject({ event: 'token', data: 'two ' });
    gate.open();
    expect(seenIn(await readRest(rest))).toMatchObject({ text: 'three', ended: true });
  });

  (program.seesClientsGo ? it : it.skip)('lets a turn know at once that its reader has gone', async () => {
    const sessionId = newSession();
    const stream = await ask(sessionId);
    gate.release();
    await readUntilText(stream, 'one ');
    expect((await ask(sessionId, 'something else')).status).toBe(409);
    expect(await openStreams(world)).toBe('1');
    stream.abort();
    await until(async () => (await openStreams(world)) === '0');
    gate.open();
    // Who does not watch does not stop it either.
    expect((await world.stored(String(stream.headers['x-turn-id']))).status).toBe('completed');
  });

  it('tells whose address it is, whatever a client claims', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt <= FAILED_LOGINS; attempt += 1)
      statuses.push(await logIn('127.0.0.2', `198.51.100.${attempt}`));
    expect(statuses).toEqual([...Array.from({ length: FAILED_LOGINS }, () => 401), 429]);
    expect(await logIn('127.0.0.3', '127.0.0.2')).toBe(401);
  });

  it('hands on large questions, names in paths as they are, and refusals', async () => {
    gate.open();
    const sessionId = 'a/b ä%2F?';
    const { ended } = await readWhole(await ask(sessionId));
    expect(ended).toBe(true);
    const messages = `/sessions/${encodeURIComponent(sessionId)}/messages`;
    const read = async (at: string) => {
      const response = await fetch(`${at}${messages}`, {
        headers: { authorization: `Bearer ${world.user.token}` },
      });
      return [response.status, ((await response.json()) as { data: unknown[] }).data.length];
    };
    expect(await read(proxy.url)).toEqual([200, 2]);
    const large = await Promise.all(
      [proxy.url, world.server.url].map(async (at) => {
        const stream = await ask(newSession(), 'x'.repeat(LARGE), at);
        return [
          stream.status,
          stream.headers['content-type'],
          (JSON.parse(await stream.text()) as { code: string }).code,
        ];
      }),
    );
    expect(large[0]).toEqual(large[1]);
  });

  (program.hasIdleBound ? it : it.skip)('gives up a stream that stays silent', async () => {
    const impatient = await program.start([new URL(world.server.url).host], { idleSeconds: 1 });
    const stream = await ask(newSession(), 'Hi', impatient.url);
    gate.release();
    const rest = await readUntilText(stream, 'one ');
    // Some break the connection off, others end the answer.
    const seen = seenIn(await readRest(rest).catch(() => []));
    expect([seen.text, seen.ended]).toEqual(['', false]);
    await impatient.close();
  });

  /** From an address of this machine, with another one that it claims. @returns the status */
  function logIn(from: string, claimed: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${proxy.url}/auth/login`, {
        method: 'POST',
        agent: false,
        localAddress: from,
        headers: { 'content-type': 'application/json', 'x-forwarded-for': claimed },
      });
      request.once('error', reject);
      request.once('response', (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      });
      request.end(JSON.stringify({ email: `nobody-${claimed}@example.com`, password: 'wrong' }));
    });
  }
});

describeProxies('a stream that is silent but for heartbeats', (program) => {
  let world: TurnWorld;
  let proxy: RunningProxy;

  beforeAll(async () => {
    world = await TurnWorld.start({ HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_MS) });
    proxy = await program.start([new URL(world.server.url).host], { idleSeconds: IDLE_S });
  });
  afterAll(async () => {
    await proxy.close();
    await world.close();
  });

  it('lets its turn know that its reader has gone', async () => {
    const gate = new Gate();
    world.upstream.respondWith(flowise.gated(gate, 'one'));
    const stream = await openEventStream(`${proxy.url}/predict/stream/store`, {
      token: world.user.token,
      body: { chatflow_id: 'flow', question: 'Hi' },
    });
    expect(await openStreams(world)).toBe('1');
    stream.abort();
    await until(async () => (await openStreams(world)) === '0');
    gate.open();
    expect((await world.stored(String(stream.headers['x-turn-id']))).status).toBe('completed');
  });

  it('outlasts what the proxy allows for silence', async () => {
    const gate = new Gate();
    world.upstream.respondWith(flowise.gated(gate, 'one'));
    const response = await fetch(`${proxy.url}/predict/stream/store`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.user.token}` },
      body: JSON.stringify({ chatflow_id: 'flow', question: 'Hi' }),
    });
    let said = '';
    // Heartbeats are lines, no frames.
    for await (const bytes of response.body ?? []) {
      said += Buffer.from(bytes as Uint8Array).toString();
      if ((said.match(/^:/gm) ?? []).length >= ENOUGH_HEARTBEATS) gate.open();
    }
    expect(said).toContain('"event":"token","data":"one"');
    expect(said).toContain('"event":"end"');
  });
});
