import { InstanceBus } from '../../src/cluster/instance-bus.port.js';
import { MAX_LOGIN_FAILURES_PER_EMAIL } from '../../src/auth/login/login-throttle.service.js';
import type { EventStream } from '../support/event-stream.js';
import type { TestServer, TestUser } from '../support/test-server.js';
import { readWhole } from '../support/turn-world.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { until } from '../support/until.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';
import { RedisServer } from './support/redis-server.js';
import { PATIENT } from './support/test-limits.js';

const AT_ONCE = 4;
const PER_MINUTE = 12;
const REGISTRATIONS = 6;

describe('limits of two instances with Redis', () => {
  let redis: RedisServer;
  let world: TwoInstances;
  let user: TestUser;
  let gate: Gate;
  let flows = 0;

  beforeAll(async () => {
    redis = await RedisServer.start();
    world = await startTwoInstances({
      ...PATIENT,
      REDIS_URL: redis.url,
      TURNS_PER_MINUTE: String(PER_MINUTE),
      CONCURRENT_TURNS: String(AT_ONCE),
      REGISTRATIONS_PER_ADDRESS: String(REGISTRATIONS),
      TRUST_PROXY_HOPS: '1',
      TURN_LEASE_MS: '3000',
    });
    await untilBus('up');
  });
  afterAll(async () => {
    await world.close();
    await redis.close();
  });
  beforeEach(async () => {
    user = await newUser();
    gate = new Gate();
    world.upstream.respondWith(flowise.gated(gate, 'Hello'));
  });
  afterEach(() => gate.open());

  const servers = (): [TestServer, TestServer] => [world.one, world.two];
  const untilBus = (state: string) =>
    until(() => servers().every((server) => server.get(InstanceBus).state === state));
  const ask = (server: TestServer, question: Record<string, unknown> = {}, who = user) =>
    server.stream('/predict/stream/store', {
      token: who.token,
      body: { chatflow_id: 'flow', question: 'Hi', ...question },
    });
  const codeOf = async (stream: EventStream) =>
    stream.status === 200 ? 'admitted' : (JSON.parse(await stream.text()) as { code: string }).code;
  const codesOf = async (streams: readonly EventStream[]) => {
    const codes: Record<string, number> = {};
    for (const stream of streams) {
      const code = await codeOf(stream);
      codes[code] = (codes[code] ?? 0) + 1;
    }
    return codes;
  };
  const askAlternately = (count: number, question: Record<string, unknown> = {}) =>
    Promise.all(Array.from({ length: count }, (_, i) => ask(i % 2 ? world.one : world.two, question)));
  const finish = async (streams: readonly EventStream[]) => {
    gate.open();
    for (const stream of streams)
      if (stream.status === 200) expect((await readWhole(stream)).ended).toBe(true);
  };
  const auth = (server: TestServer, path: string, body: object, address: string) =>
    server.request.post(`/auth/${path}`).set('x-forwarded-for', address).send(body);

  let addresses = 0;
  /** Whoever registers does so from a place of their own. */
  async function newUser(): Promise<TestUser> {
    addresses += 1;
    const email = `user-${addresses}@example.com`;
    const password = 'correct horse battery';
    await auth(world.one, 'register', { email, password }, `192.0.2.${addresses}`).expect(201);
    return world.two.logIn(email, password);
  }
  /** A flow that neither instance knows from before. */
  async function newFlow(concurrency: object): Promise<string> {
    const id = `flow-${++flows}`;
    world.upstream.addFlow(id);
    const { token } = await world.one.admin();
    await world.one.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({
        name: id,
        provider: 'flowise',
        upstream: { flowId: id },
        price: { credits: 1 },
        access: { public: true },
        concurrency,
      })
      .expect(201);
    return id;
  }
  async function waiting(server: TestServer): Promise<number> {
    const { text } = await server.request.get('/metrics').expect(200);
    return Number(/^tollgate_waiting_turns (\d+)$/m.exec(text)?.[1]);
  }
  const untilWaiting = async (server: TestServer, count: number) => {
    await until(async () => (await waiting(server)) === count);
  };
  const asked = () => world.upstream.requests.map(({ body }) => String(body.question));
  const untilAsked = async (question: string) => until(() => asked().includes(question));

  it('let a user run as many turns at once as the setting says, wherever they ask', async () => {
    const streams = await askAlternately(3 * AT_ONCE);
    expect(await codesOf(streams)).toEqual({ admitted: AT_ONCE, rate_limited: 2 * AT_ONCE });
    await finish(streams);
    // Every place is back, on both sides.
    const again = await askAlternately(AT_ONCE);
    expect(await codesOf(again)).toEqual({ admitted: AT_ONCE });
    await finish(again);
  });

  it('let a user start as many turns in a minute, and say on both what is left', async () => {
    gate.open();
    const left: number[] = [];
    for (let turn = 0; turn < PER_MINUTE; turn += 1) {
      const stream = await ask(turn % 2 ? world.one : world.two);
      left.push(Number(/;r=(\d+)/.exec(String(stream.headers.ratelimit))?.[1]));
      await readWhole(stream);
    }
    expect(left).toEqual(Array.from({ length: PER_MINUTE }, (_, turn) => PER_MINUTE - 1 - turn));
    for (const server of servers()) {
      const refused = await ask(server);
      expect([await codeOf(refused), Number(refused.headers['retry-after']) > 0]).toEqual([
        'rate_limited',
        true,
      ]);
    }
    user = await newUser();
    expect((await readWhole(await ask(world.one))).ended).toBe(true);
  });

  it('let a message take the place of a turn of its session that nobody watches on the other one', async () => {
    const sessions = Array.from({ length: AT_ONCE }, (_, i) => `s${i}`);
    const streams = [];
    for (const sessionId of sessions) streams.push(await ask(world.one, { sessionId }));
    // A message that is asked again is the same turn, though there is no place for another.
    const again = await ask(world.two, { sessionId: 's1' });
    expect(again.headers['x-turn-id']).toBe(streams[1]?.headers['x-turn-id']);
    again.abort();
    expect(await codeOf(await ask(world.two, { sessionId: 'other' }))).toBe('rate_limited');
    streams[0]?.abort();
    const next = await ask(world.two, { sessionId: 's0', question: 'instead' });
    expect(next.status).toBe(200);
    await finish([next, ...streams.slice(1)]);
  });

  it('let a chatflow run as many turns as it may on both together', async () => {
    const flow = await newFlow({ turns: 3 });
    const streams = await askAlternately(AT_ONCE, { chatflow_id: flow });
    expect(await codesOf(streams)).toEqual({ admitted: 3, overloaded: 1 });
    await finish(streams);
  });

  it('let those who wait in one queue in when a turn of the other one ends, in their order', async () => {
    const flow = await newFlow({ turns: 1, queue: 2, waitSeconds: 600 });
    const first = await ask(world.one, { chatflow_id: flow, question: 'q0' });
    await untilAsked('q0');
    const second = ask(world.two, { chatflow_id: flow, question: 'q1' });
    await untilWaiting(world.two, 1);
    const third = ask(world.two, { chatflow_id: flow, question: 'q2' });
    await untilWaiting(world.two, 2);
    expect(await codeOf(await ask(world.two, { chatflow_id: flow, question: 'q3' }))).toBe('overloaded');
    expect(asked()).not.toContain('q1');
    gate.release(2);
    await untilAsked('q1');
    expect(asked()).not.toContain('q2');
    gate.open();
    await finish([first, await second, await third]);
    expect(asked().filter((question) => /^q\d$/.test(question))).toEqual(['q0', 'q1', 'q2']);
  });

  it('let none starve who waits on one while others keep coming on the other one', async () => {
    const flow = await newFlow({ turns: 1, queue: 100, waitSeconds: 600 });
    const others = await newUser();
    const first = await ask(world.one, { chatflow_id: flow, question: 'busy' });
    await untilAsked('busy');
    const mine = ask(world.two, { chatflow_id: flow, question: 'mine' }, others);
    await untilWaiting(world.two, 1);
    const queued = Array.from({ length: AT_ONCE - 1 }, () =>
      ask(world.one, { chatflow_id: flow, question: 'theirs' }),
    );
    await untilWaiting(world.one, AT_ONCE - 1);
    while (!asked().includes('mine')) {
      const before = asked().length;
      gate.release(2);
      await until(() => asked().length > before);
    }
    // Each instance gives way to those who wait on the other one.
    expect(asked().filter((question) => question === 'theirs').length).toBeLessThan(AT_ONCE - 1);
    gate.open();
    await finish([first, await mine, ...(await Promise.all(queued))]);
  });

  it('count failed log-ins on both, and forget them on both', async () => {
    const wrong = (server: TestServer) =>
      auth(server, 'login', { email: user.email, password: 'wrong' }, '198.51.100.1');
    const right = (server: TestServer) =>
      auth(server, 'login', { email: user.email, password: user.password }, '198.51.100.1');
    for (let i = 1; i < MAX_LOGIN_FAILURES_PER_EMAIL; i += 1)
      await wrong(i % 2 ? world.one : world.two).expect(401);
    await right(world.two).expect(200);
    for (let i = 0; i < MAX_LOGIN_FAILURES_PER_EMAIL; i += 1)
      await wrong(i % 2 ? world.one : world.two).expect(401);
    for (const server of servers()) {
      const { body, headers } = await right(server).expect(429);
      expect([body.code, Number(headers['retry-after']) > 0]).toEqual(['rate_limited', true]);
    }
    await auth(world.one, 'login', { email: user.email, password: user.password }, '198.51.100.2').expect(
      200,
    );
    // Whose they are stands nowhere.
    const keys = (await redis.command('KEYS', '*')) as string[];
    expect(keys.some((key) => key.includes('login-failures-of-email'))).toBe(true);
    expect(keys.join()).not.toContain(user.email);
  });

  it('count registrations on both', async () => {
    const register = (i: number) =>
      auth(
        i % 2 ? world.one : world.two,
        'register',
        { email: `r${i}@example.com`, password: 'correct horse battery' },
        '198.51.100.9',
      );
    for (let i = 0; i < REGISTRATIONS; i += 1) await register(i).expect(201);
    for (let i = 0; i < 2; i += 1) await register(REGISTRATIONS + i).expect(429);
  });

  it.each([
    ['with no limit of its chatflow', {}, 2],
    ['with one', { turns: 5, queue: 5 }, 4],
  ])('cost a turn %s so many commands', async (_, concurrency, commands) => {
    const flow = 'turns' in concurrency ? await newFlow(concurrency) : 'flow';
    gate.open();
    const watch = await redis.watch();
    const turns = 5;
    for (let turn = 0; turn < turns; turn += 1)
      await readWhole(await ask(world.one, { chatflow_id: flow, sessionId: 'main' }));
    // A renewal may fall into a turn: one for all that run on an instance.
    const evals = () =>
      watch.seen().filter(({ name, line }) => name === 'eval' && !line.includes('ipairs(KEYS)'));
    await until(() => evals().length >= turns * commands);
    await redis.command('ECHO', 'what comes behind it has come behind everything that was to come');
    await until(() => watch.seen().some(({ name }) => name === 'echo'));
    expect(evals()).toHaveLength(turns * commands);
    const names = new Set(watch.seen().map(({ name }) => name));
    watch.close();
    // The bus says something to itself; the others are of connections.
    for (const known of ['eval', 'publish', 'echo', 'hello', 'client']) names.delete(known);
    expect([...names]).toEqual([]);
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.startAgain()],
    ['silent', async () => redis.freeze(), async () => redis.thaw()],
  ])(
    'go on where each instance counts for itself while Redis is %s, and count together afterwards',
    async (_, lose, bringBack) => {
      const before = await ask(world.one);
      await lose();
      await untilBus('down');
      const streams = await Promise.all(
        servers().flatMap((server) => Array.from({ length: 2 * AT_ONCE }, () => ask(server))),
      );
      // One place of the first was taken before.
      expect(await codesOf(streams)).toEqual({ admitted: 2 * AT_ONCE - 1, rate_limited: 2 * AT_ONCE + 1 });
      await bringBack();
      await untilBus('up');
      // Those of the time without Redis count: where none runs any more none is let in, as long as enough run on the other one.
      const turnsOfOne = [before, ...streams.slice(0, 2 * AT_ONCE)].filter(({ status }) => status === 200);
      for (const { headers } of turnsOfOne)
        await world.one.request
          .post(`/turns/${String(headers['x-turn-id'])}/stop`)
          .auth(user.token, { type: 'bearer' })
          .expect(200);
      expect(await codeOf(await ask(world.one))).toBe('rate_limited');
      await finish(streams.slice(2 * AT_ONCE));
      const next = await ask(world.one);
      expect(next.status).toBe(200);
      await finish([next]);
    },
  );
});
