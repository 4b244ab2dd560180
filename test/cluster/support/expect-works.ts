import { setImmediate } from 'node:timers/promises';
import { BusFailure } from '../../../src/cluster/instance-bus.port.js';
import type { RedisBus } from '../../../src/cluster/redis/redis-bus.service.js';
import { startBus, whenUp } from './test-bus.js';

/**
 * Three instances hear each other, each and all, and a script runs.
 * @param between what happens before that, to buses that are up
 */
export async function expectWorks(
  settings: Readonly<Record<string, string>>,
  between?: (buses: readonly RedisBus[]) => Promise<void>,
): Promise<void> {
  const ids = ['one', 'two', 'three'];
  const buses = ids.map((id) => startBus(id, settings));
  try {
    await whenUp(...buses);
    await between?.(buses);
    await whenUp(...buses);
    for (const [from, bus] of buses.entries()) await expectReaches(bus, buses, ids, from);
  } finally {
    for (const bus of buses) await bus.onApplicationShutdown();
  }
}

/** Again and again: what is said in the moment in which a server is replaced may be lost, but nobody may stay deaf. */
async function expectReaches(
  bus: RedisBus,
  buses: readonly RedisBus[],
  ids: readonly string[],
  from: number,
) {
  const others = buses.flatMap((other, index) => (index === from ? [] : [{ other, id: String(ids[index]) }]));
  const heard = new Set<string>();
  for (const { other, id } of others) {
    other.answer('echo', (message) => Promise.resolve(message));
    other.listen('news', () => heard.add(id));
    await untilItWorks(async () => expect(await bus.request(id, 'echo', 'hello', 1000)).toBe('hello'));
  }
  while (heard.size < others.length) {
    bus.publish('news', null);
    await setImmediate();
  }
  const options = { keys: [`tollgate:{${from}}:count`], arguments: ['5'] };
  await untilItWorks(async () =>
    expect(await bus.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", options)).toBe(5),
  );
}

async function untilItWorks(work: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof BusFailure || isOfRedis(error))) throw error;
      await setImmediate();
    }
}

/** Redis has said no, or there was no connection. */
const isOfRedis = (error: unknown): boolean =>
  error instanceof Error && !('matcherResult' in error) && error.name !== 'TypeError';
