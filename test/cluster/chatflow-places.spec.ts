import { ChatflowPlaces, type ChatflowPlace } from '../../src/chat/turn/admit/chatflow-places.service.js';
import { placeSet } from '../../src/cluster/limits/place-set.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.service.js';
import { TurnMetrics } from '../../src/platform/metrics/turn-metrics.service.js';
import { until } from '../support/until.js';
import { RedisServer } from './support/redis-server.js';
import { whenUp } from './support/test-bus.js';
import { startLimits, type TestLimits } from './support/test-limits.js';

const INSTANCES = 3;
const PLACES = 4;
const TURNS = 60;

interface Instance extends TestLimits {
  readonly chatflows: ChatflowPlaces;
}

describe('the places of a chatflow on several instances', () => {
  let redis: RedisServer;
  let instances: Instance[];

  beforeEach(async () => {
    redis = await RedisServer.start();
    instances = [];
  });
  afterEach(async () => {
    for (const instance of instances) await instance.die();
    await redis.close();
  });

  async function start(count: number, settings: Readonly<Record<string, string>> = {}) {
    for (let i = 0; i < count; i += 1) {
      const limits = await startLimits(`i${i}`, { REDIS_URL: redis.url, ...settings });
      const metrics = new TurnMetrics(new MetricsRegistry());
      const chatflows = new ChatflowPlaces(limits.places, limits.bus, metrics);
      chatflows.onModuleInit();
      const die = async (): Promise<void> => {
        chatflows.onApplicationShutdown();
        await limits.die();
      };
      instances.push({ ...limits, chatflows, die });
    }
    return instances as unknown as [Instance, Instance];
  }

  const flowOf = (turns: number, queue = 1000) => ({
    id: 'flow',
    concurrency: { turns, queue, waitSeconds: 600 },
  });
  const enter = async ({ chatflows }: Instance, turns: number): Promise<ChatflowPlace> => {
    const arrival = chatflows.arrive();
    const place = await chatflows.enter(flowOf(turns));
    return place ?? chatflows.waitFor(flowOf(turns), arrival, undefined);
  };
  const takenOf = async ({ places }: Instance) => (await places.look(placeSet('chatflow', 'flow')))?.taken;

  it('are never more than there are, and all who wait get theirs in the order in which they came', async () => {
    await start(INSTANCES);
    let running = 0;
    let most = 0;
    const order: number[][] = instances.map(() => []);
    await Promise.all(
      Array.from({ length: TURNS * INSTANCES }, async (_, i) => {
        const turn = Math.floor(i / INSTANCES);
        const place = await enter(instances[i % INSTANCES]!, PLACES);
        running += 1;
        most = Math.max(most, running);
        order[i % INSTANCES]?.push(turn);
        for (let busy = 0; busy < 5; busy += 1) await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        place.leave();
        place.leave();
      }),
    );
    expect(most).toBe(PLACES);
    for (const turns of order) {
      expect(turns).toHaveLength(TURNS);
      // As many as there are places were asked for at once, before anybody waited: those that got none come next.
      const behind = turns.filter((turn) => turn >= PLACES);
      expect(behind).toEqual([...behind].sort((a, b) => a - b));
      for (let turn = 0; turn < PLACES; turn += 1) expect(turns.indexOf(turn)).toBeLessThan(3 * PLACES);
    }
    await until(async () => (await takenOf(instances[0]!)) === 0);
    for (const { results } of instances)
      expect((await results()).join()).not.toMatch(/late|refused|not_asked/);
  });

  it('come to who waits when the instance that has them is gone', async () => {
    const [one, two] = await start(2, { TURN_LEASE_MS: '600' });
    await enter(one, 1);
    const waiting = enter(two, 1);
    await until(() => one.bus.state === 'up');
    await one.die();
    (await waiting).leave();
    await until(async () => (await takenOf(two)) === 0);
  });

  it('come to who waits when Redis is gone, as many as there are on each instance', async () => {
    const [one, two] = await start(2);
    const first = await enter(one, 1);
    const waiting = [enter(two, 1), enter(two, 1)];
    await redis.kill();
    const second = await Promise.race(waiting);
    expect(await one.chatflows.enter(flowOf(1))).toBeUndefined();
    second.leave();
    const third = await waiting[1]!;
    await redis.startAgain();
    await whenUp(one.bus, two.bus);
    await until(async () => (await takenOf(one)) === 2);
    first.leave();
    const fourth = enter(one, 1);
    third.leave();
    (await fourth).leave();
    await until(async () => (await takenOf(one)) === 0);
  });

  it('go to others when who waits for them has left', async () => {
    const [one, two] = await start(2);
    const first = await enter(one, 1);
    const left = new Set<() => void>();
    const connection = {
      isClosed: () => false,
      onClosed: (listener: () => void) => {
        left.add(listener);
        return () => left.delete(listener);
      },
    };
    const leaving = two.chatflows.waitFor(flowOf(1), two.chatflows.arrive(), connection);
    const refused = expect(leaving).rejects.toMatchObject({ code: 'turn_stopped' });
    const staying = two.chatflows.waitFor(flowOf(1), two.chatflows.arrive(), undefined);
    first.leave();
    for (const leave of left) leave();
    await refused;
    (await staying).leave();
    const after = await enter(one, 1);
    expect(await takenOf(one)).toBe(1);
    after.leave();
  });

  it('say whether a turn could take the place of another', async () => {
    const [one, two] = await start(2);
    const flow = flowOf(1, 0);
    await one.chatflows.assertCouldReplace(flow, 'other');
    const place = await enter(two, 1);
    const busy = { code: 'overloaded' };
    for (const { chatflows } of [one, two]) {
      await expect(chatflows.assertCouldReplace(flow, 'other')).rejects.toMatchObject(busy);
      await chatflows.assertCouldReplace(flow, 'flow');
      await chatflows.assertCouldReplace(flowOf(1, 1), 'other');
    }
    place.leave();
    await until(async () => (await takenOf(one)) === 0);
    await one.chatflows.assertCouldReplace(flow, 'other');
  });
});
