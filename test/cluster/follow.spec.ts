import { InstanceBus, MAX_MESSAGE_CHARACTERS } from '../../src/cluster/instance-bus.port.js';
import { newId } from '../../src/platform/ids.js';
import { requestOf, STREAM_ROUTES, type StreamRoute } from '../support/dialects/stream-routes.js';
import type { EventStream } from '../support/event-stream.js';
import { readRest, readUntilText } from '../support/read-until.js';
import type { TestServer, TestUser } from '../support/test-server.js';
import { readWhole, seenIn } from '../support/turn-world.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { Gate } from '../support/upstream/gate.js';
import { until } from '../support/until.js';
import { BusWatch } from './support/bus-watch.js';
import { RedisServer } from './support/redis-server.js';

const WORDS = ['one ', 'two ', 'three ', 'four'];

describe('a turn that runs on another instance', () => {
  let redis: RedisServer;
  let world: TwoInstances;
  let user: TestUser;
  let gate: Gate;
  let words: readonly string[];

  beforeAll(async () => {
    redis = await RedisServer.start();
    world = await startTwoInstances({
      REDIS_URL: redis.url,
      STORM_CHATFLOW: 'flow',
      SIGNUP_CREDITS: '1000000',
    });
  });
  afterAll(async () => {
    await world.close();
    await redis.close();
  });
  beforeEach(async () => {
    user = await world.newUser(1000);
    gate = new Gate();
    words = WORDS;
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => words });
    await busesAre('up');
  });
  afterEach(() => gate.open());

  const busOf = (server: TestServer): InstanceBus => server.get(InstanceBus);
  const busesAre = (state: string) =>
    until(() => [world.one, world.two].every((server) => busOf(server).state === state));

  async function begin() {
    const stream = await world.ask(world.one, user, 'Hi');
    return { stream, turnId: String(stream.headers['x-turn-id']) };
  }
  const follow = (turnId: string, after?: number) =>
    world.two.stream(`/turns/${turnId}/stream${after === undefined ? '' : `?after=${after}`}`, {
      token: user.token,
    });

  /** Collects the raw bytes as they come. */
  function collect(stream: EventStream) {
    const reading = { raw: '', isOver: false, over: Promise.resolve() };
    reading.over = (async () => {
      for await (const { raw, data } of stream) if (data !== undefined) reading.raw += `${raw}\n\n`;
    })()
      // Some formats break the connection off behind their last frame.
      .catch(() => undefined)
      .finally(() => (reading.isOver = true));
    return reading;
  }

  describe.each(STREAM_ROUTES.map((route) => [route.name, route] as const))(
    'by %s',
    (_, route: StreamRoute) => {
      it('is the same, byte for byte, as where it runs', async () => {
        const asking = {
          url: '',
          userId: user.userId,
          token: user.token,
          chatflowId: 'flow',
          sessionId: newId(),
        };
        const { path, ...request } = requestOf(route, asking);
        const headers = { 'idempotency-key': newId() };
        const asked = await world.one.stream(path, { ...request, headers });
        expect(asked.status).toBe(200);
        const turnId = String(asked.headers['x-turn-id']);
        const read = (server: TestServer) =>
          route.follow === undefined
            ? server.stream(path, { ...request, headers })
            : server.stream(route.follow(asking, turnId), { token: user.token });
        const here = collect(route.follow === undefined ? asked : await read(world.one));
        const there = collect(await read(world.two));
        for (const word of WORDS) {
          gate.release();
          await until(() => [here, there].every(({ raw, isOver }) => isOver || raw.includes(word)));
        }
        gate.open();
        await Promise.all([here.over, there.over]);
        expect(there.raw).toMatch(route.completed);
        expect(there.raw).toBe(here.raw);
      });
    },
  );

  it('costs Redis nothing while nobody follows it, and messages while somebody does', async () => {
    const watch = await BusWatch.start(redis);
    const { stream, turnId } = await begin();
    gate.release(2);
    const rest = await readUntilText(stream, 'one two ');
    expect(watch.topics.filter((topic) => topic.startsWith('turn.'))).toEqual([]);
    const followed = await readUntilText(await follow(turnId), 'one two ');
    gate.open();
    expect(seenIn(await readRest(followed)).ended).toBe(true);
    expect(seenIn(await readRest(rest)).ended).toBe(true);
    await until(() => watch.topics.includes('turn.feed'));
    watch.close();
  });

  it('is fed once for all who read it there', async () => {
    const watch = await BusWatch.start(redis);
    const { turnId } = await begin();
    gate.release();
    const readers = await Promise.all(
      Array.from({ length: 20 }, async () => readUntilText(await follow(turnId), 'one ')),
    );
    gate.open();
    for (const reader of readers) expect(seenIn(await readRest(reader)).text).toBe('two three four');
    expect(watch.topics.filter((topic) => topic === 'turn.follow').length).toBeLessThanOrEqual(2);
    watch.close();
  });

  it('is followed through long texts and large events, in messages of bounded size', async () => {
    const watch = await BusWatch.start(redis);
    const long = `${'„€" \\ '.repeat(20_000)}end`;
    words = ['one ', ...Array.from({ length: 10 }, () => long)];
    const { stream, turnId } = await begin();
    gate.release();
    const followed = await readUntilText(await follow(turnId), 'one ');
    const rest = await readUntilText(stream, 'one ');
    gate.open();
    const [there, here] = await Promise.all(
      [readRest(followed), readRest(rest)].map(async (all) => seenIn(await all)),
    );
    expect(there?.text).toBe(long.repeat(10));
    expect(there?.ids.at(-1)).toBe(here?.ids.at(-1));
    expect(there?.metadata).toEqual(here?.metadata);
    expect(watch.longest).toBeGreaterThan(1000);
    expect(watch.longest).toBeLessThan(1.1 * MAX_MESSAGE_CHARACTERS);
    watch.close();
  });

  it('goes on from the position where its reader stood, also once it has ended', async () => {
    const { stream, turnId } = await begin();
    gate.release(2);
    await readUntilText(await follow(turnId), 'one two ');
    const all = collect(stream);
    gate.release();
    await until(() => all.raw.includes('three'));
    const ids = [...all.raw.matchAll(/id: (\d+)\n/g)].map(([, id]) => Number(id));
    const behind = follow(turnId, ids.at(-1));
    gate.open();
    const live = seenIn(await (await behind).events());
    expect([live.text, live.ended]).toEqual(['four', true]);
    const replayed = seenIn(await (await follow(turnId, ids.at(-1))).events());
    expect([replayed.text, replayed.ids.at(-1)]).toEqual(['four', live.ids.at(-1)]);
    expect((await follow(turnId, live.ids.at(-1))).status).toBe(204);
  });

  it.each([
    ['is killed', () => redis.kill()],
    ['falls silent', async () => redis.freeze()],
  ])('is followed on when Redis %s, and over the bus again when it is back', async (_, lose) => {
    const { turnId } = await begin();
    gate.release();
    const rest = await readUntilText(await follow(turnId), 'one ');
    const events: string[] = [];
    await lose();
    gate.release();
    const reading = (async () => {
      for (let next = await rest.next(); !next.done; next = await rest.next())
        if (next.value.data !== undefined) events.push(next.value.raw);
    })();
    await until(() => events.some((raw) => raw.includes('two')));
    await busesAre('down');
    redis.thaw();
    await redis.kill();
    await redis.startAgain();
    await busesAre('up');
    const watch = await BusWatch.start(redis);
    // It may have asked for its feed before it was overheard; as long as it has one it says so.
    await until(() => watch.topics.some((topic) => topic === 'turn.follow' || topic === 'turn.keep'));
    gate.open();
    await reading;
    const seen = seenIn(events.map((raw) => ({ raw, ...fieldsOf(raw), comments: [] })));
    expect([seen.text, seen.ended]).toEqual(['two three four', true]);
    expect(seen.ids).toEqual([...seen.ids].sort((a, b) => a - b));
    expect(await readWhole(await follow(turnId))).toMatchObject({ text: WORDS.join(''), ended: true });
    watch.close();
  });

  it('loses nothing when messages are lost', async () => {
    words = Array.from({ length: 200 }, (_unused, index) => `word ${index} `);
    const { turnId } = await begin();
    gate.release();
    const rest = readRest(await readUntilText(await follow(turnId), 'word 0 '));
    for (let given = 1; given < words.length; given += 1) {
      gate.release();
      if (given % 20 === 0) await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    gate.open();
    expect(seenIn(await rest).text).toBe(words.slice(1).join(''));
  });

  it('is stopped from there with the proof of its upstream', async () => {
    const { stream, turnId } = await begin();
    gate.release();
    const rest = await readUntilText(stream, 'one ');
    const { body } = await world.two.request
      .post(`/turns/${turnId}/stop`)
      .auth(user.token, { type: 'bearer' })
      .expect(200);
    expect(body).toMatchObject({ status: 'stopped', charged: 1, upstreamAcknowledged: true });
    expect(seenIn(await readRest(rest)).error?.code).toBe('turn_stopped');
  });

  it('is answered with an end by whoever recovers it when its owner is gone', async () => {
    const { turnId } = await begin();
    gate.release();
    const rest = await readUntilText(await follow(turnId), 'one ');
    // Its owner loses the database until its lease has lapsed, and gives the turn up.
    world.link.cut();
    const seen = seenIn(await readRest(rest));
    world.link.mend();
    expect([seen.error?.code, seen.ended]).toEqual(['turn_interrupted', true]);
  });
});

function fieldsOf(raw: string): { readonly id: string; readonly data: string } {
  return { id: /^id: (\d+)$/m.exec(raw)?.[1] ?? '', data: /^data: (.*)$/m.exec(raw)?.[1] ?? '' };
}
