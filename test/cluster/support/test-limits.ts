import { InstanceId } from '../../../src/cluster/instance-id.js';
import { LimitMetrics } from '../../../src/cluster/limits/limit-metrics.service.js';
import { SharedPlaces } from '../../../src/cluster/limits/shared-places.service.js';
import { RedisScripts } from '../../../src/cluster/redis/redis-scripts.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { createLog } from '../../../src/platform/logging/create-log.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.service.js';
import type { RedisBus } from '../../../src/cluster/redis/redis-bus.service.js';
import { NoTracing } from '../../../src/platform/tracing/no-tracing.js';
import { startBus, whenUp } from './test-bus.js';

/** So patient that a busy machine is not taken for a Redis that is away. */
export const PATIENT = { REDIS_WAIT_MS: '5000' };

/** What one instance counts with. */
export interface TestLimits {
  readonly bus: RedisBus;
  readonly scripts: RedisScripts;
  readonly places: SharedPlaces;
  /** What has become of its scripts: `late 1`. */
  readonly results: () => Promise<string[]>;
  /** Its process is gone: nothing is given back, and nothing renewed. */
  readonly die: () => Promise<void>;
}

/** @param settings those of Redis and of leases. Resolves when the bus is up */
export async function startLimits(
  id: string,
  settings: Readonly<Record<string, string>>,
): Promise<TestLimits> {
  const config = loadConfig({ NODE_ENV: 'test', ...PATIENT, ...settings });
  const { redis } = config.cluster;
  if (redis === undefined) throw new Error('REDIS_URL is missing');
  const bus = startBus(id, settings);
  const registry = new MetricsRegistry();
  const scripts = new RedisScripts(
    bus,
    redis,
    new LimitMetrics(registry),
    createLog({ level: 'silent' }),
    new NoTracing(),
  );
  const places = new SharedPlaces(scripts, bus, new InstanceId(id), config);
  places.onModuleInit();
  await whenUp(bus);
  return {
    bus,
    scripts,
    places,
    results: async () =>
      [...(await registry.own.metrics()).matchAll(/limits_total\{result="(\w+)"\} (\d+)/g)].map(
        ([, result, count]) => `${result} ${count}`,
      ),
    die: async () => {
      await bus.onApplicationShutdown();
      await places.onApplicationShutdown();
    },
  };
}
