import { BusMetrics } from '../../../src/cluster/bus-metrics.service.js';
import { RedisBus } from '../../../src/cluster/redis/redis-bus.service.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { createLog } from '../../../src/platform/logging/create-log.js';
import type { StructuredLog } from '../../../src/platform/logging/structured-log.port.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.service.js';
import { NoTracing } from '../../../src/platform/tracing/no-tracing.js';
import { until } from '../../support/until.js';

/** A started bus of one instance. @param settings those of Redis */
export function startBus(
  id: string,
  settings: Readonly<Record<string, string>>,
  log: StructuredLog = createLog({ level: 'silent' }),
): RedisBus {
  const { redis } = loadConfig({ NODE_ENV: 'test', ...settings }).cluster;
  if (redis === undefined) throw new Error('REDIS_URL is missing');
  const bus = new RedisBus(redis, id, new BusMetrics(new MetricsRegistry()), log, new NoTracing());
  bus.onModuleInit();
  return bus;
}

/** Resolves when all of them are up. */
export async function whenUp(...buses: readonly RedisBus[]): Promise<void> {
  await until(() => buses.every(({ state }) => state === 'up'));
}
