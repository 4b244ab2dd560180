import { InstanceBus } from '../../src/cluster/instance-bus.port.js';
import { LiveTurns } from '../../src/chat/turn/run/live-turns.js';
import { newId } from '../../src/platform/ids.js';
import type { EventStream } from '../support/event-stream.js';
import type { TestServer, TestUser } from '../support/test-server.js';
import { seenIn } from '../support/turn-world.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';
import { RedisServer } from './support/redis-server.js';

/** Of one user; over three instances. */
const STREAMS = process.env.TEST_SIZE === 'full' ? 201 : 60;
/** Each stream has a token so often. */
const TOKEN_EVERY_MS = 100;
/** Far more than come before the end of a test. */
const TOKENS = Array.from({ length: 5000 }, (_, index) => `${index} `);

interface Reading {
  readonly turnId: string;
  tokens: number;
  /** When the last token came, as `performance.now()`. */
  lastTokenAt: number;
  error?: string;
  readonly over: Promise<void>;
}

describe.each(['with the bus', 'without a bus'] as const)(
  'many streams of one user over three instances, %s',
  (where) => {
    let redis: RedisServer | undefined;
    let world: TwoInstances;
    let third: TestServer;
    let servers: readonly TestServer[];
    let gates: Gate[] = [];
    let ticking: NodeJS.Timeout;

    beforeAll(async () => {
      redis = where === 'with the bus' ? await RedisServer.start() : undefined;
      world = await startTwoInstances(redis === undefined ? {} : { REDIS_URL: redis.url });
      third = await world.startAnother();
      servers = [world.one, world.two, third];
      if (redis !== undefined)
        await until(() => servers.every((server) => server.get(InstanceBus).state === 'up'));
      world.upstream.runAs({
        kind: 'agentflow2',
        gate: () => {
          const gate = new Gate();
          gates.push(gate);
          return gate;
        },
        answer: () => TOKENS,
      });
      ticking = setInterval(() => gates.forEach((gate) => gate.release()), TOKEN_EVERY_MS);
    });
    afterEach(() => {
      gates = [];
    });
    afterAll(async () => {
      clearInterval(ticking);
      await third.close();
      await world.close();
      await redis?.close();
    });

    async function read(stream: EventStream): Promise<Reading> {
      if (stream.status !== 200) throw new Error(`${stream.status} ${await stream.text()}`);
      const reading = { turnId: String(stream.headers['x-turn-id']), tokens: 0, lastTokenAt: 0 };
      const over = (async () => {
        const events = [];
        for await (const event of stream) {
          if (event.data !== undefined) events.push(event);
          if (event.json?.event !== 'token') continue;
          reading.tokens += 1;
          reading.lastTokenAt = performance.now();
        }
        Object.assign(reading, { error: seenIn(events).error?.code });
      })();
      return Object.assign(reading, { over });
    }

    async function makeKey(user: TestUser) {
      const made = world.one.request.post('/auth/api-keys').auth(user.token, { type: 'bearer' });
      const { body } = await made.send({ name: 'a program', creditCap: STREAMS }).expect(201);
      return { id: String(body.id), asKey: { ...user, token: String(body.key) } };
    }

    it.each(['a revoked key', 'a disabled user'] as const)('all end with %s, each settled', async (what) => {
      const user = await world.newUser(STREAMS);
      const { id, asKey } = await makeKey(user);
      const readings: Reading[] = [];
      // All wait for one account, on a machine that may be busy: asked at once, some would be refused.
      while (readings.length < STREAMS)
        readings.push(
          ...(await Promise.all(
            servers.map(async (server) => read(await world.ask(server, asKey, 'Hi', newId()))),
          )),
        );
      await until(() => readings.every(({ tokens }) => tokens > 1));
      const { token } = await world.one.admin();
      const revokedAt = performance.now();
      if (what === 'a revoked key')
        await world.one.request
          .delete(`/auth/api-keys/${id}`)
          .auth(user.token, { type: 'bearer' })
          .expect(204);
      else
        await world.one.request
          .patch(`/users/${user.userId}`)
          .auth(token, { type: 'bearer' })
          .send({ disabled: true })
          .expect(200);
      await Promise.all(readings.map(({ over }) => over));
      const last = Math.max(...readings.map(({ lastTokenAt }) => lastTokenAt)) - revokedAt;
      // A figure to be read; nothing is held against a clock.
      process.stdout.write(`${STREAMS} streams, ${where}, ${what}: last token after ${last.toFixed(0)} ms\n`);
      expect(readings.map(({ error }) => error)).toEqual(readings.map(() => 'access_revoked'));
      await until(() => servers.every((server) => server.get(LiveTurns).count === 0));
      await world.one.request
        .patch(`/users/${user.userId}`)
        .auth(token, { type: 'bearer' })
        .send({ disabled: false })
        .expect(200);
      for (const { turnId } of readings) {
        const turn = await world.one.read(`/turns/${turnId}`, user.token);
        expect(turn).toMatchObject({ status: 'stopped', charge: { captured: 1 } });
      }
      expect(await world.one.read('/accounting/balance', user.token)).toEqual({ available: 0, held: 0 });
      const books = await world.one.read('/accounting/reconciliation', token);
      expect(books).toMatchObject({ drift: 0, keyDrift: 0, openHolds: 0, inMotion: 0 });
    });
  },
);
